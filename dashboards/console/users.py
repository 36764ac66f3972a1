"""Accounts: who may sign in, as what, with which tokens. For administrators; every change is in the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.frame import loading, title
from dashboards.console.list_box import ListBox
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.ids import parse_enterprise_id
from domain.people import Role
from storage.ledger_ports import TokenInfo, User

LONGEST_TOKEN_DAYS = 3650
ROLES = (Role.OFFICER, Role.VIEWER, Role.ENTERPRISE, Role.ADMINISTRATOR)


def build(visit: Visit) -> None:
    title(visit.t("page.users"), visit.t("users.note"))
    if not visit.principal.may_administer():
        ui.html(f'<div class="card">{markup.state(visit.t("users.administrators"))}</div>', sanitize=False)
        return
    with ui.element("div").classes("board halves"):
        with ui.element("div").classes("card wide"):
            people = People(visit)
        with ui.element("div").classes("card"):
            _create(visit, people.fill)
        with ui.element("div").classes("card"):
            Tokens(visit)


class People:
    """The list, with what can be done about each account beside it."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        ui.html(f"<h2>{escape(visit.t('users'))}</h2>", sanitize=False)
        self._box = ui.element("div").style("width: 100%").props("data-name=users")
        with self._box:
            ui.html(loading(visit), sanitize=False)
        ui.timer(0.1, self.fill, once=True)

    async def fill(self) -> None:
        users = await self._visit.ask(self._visit.services.ledger.people.users)
        if users is None:
            return
        self._box.clear()
        with self._box:
            for user in users:
                self._one(user)

    def _one(self, user: User) -> None:
        visit = self._visit
        state = markup.pill(visit.t("users.yes"), "ok") if user.active else markup.pill(visit.t("users.no"), "critical")
        role = f"{visit.t(f'role.{user.role}')} {user.enterprise or ''}".strip()
        with ui.element("div").classes("account").props(f'data-user="{escape(user.name)}"'):
            ui.html(
                f'<div><span class="strong">{escape(user.name)}</span> {state}'
                f'<div class="small soft">{escape(role)}</div></div>',
                sanitize=False,
            )
            with ui.element("div").classes("acts"):
                again = ui.button(visit.t("users.password.new"), on_click=lambda: self._password(user))
                again.props("flat no-caps data-name=password").classes("act")
                if user.name != visit.principal.name:
                    word = visit.t("users.lock") if user.active else visit.t("users.unlock")
                    lock = ui.button(word, on_click=lambda: self._set_active(user))
                    lock.props(f"flat no-caps data-name={'lock' if user.active else 'unlock'}").classes("act")

    def _password(self, user: User) -> None:
        visit = self._visit
        # In the page and not in the list, which is drawn anew after every change.
        with visit.client, ui.dialog() as dialog, ui.card().style("width: min(440px, 92vw)"):
            ui.label(visit.t("users.password.for", name=user.name)).classes("strong")
            ui.label(visit.t("users.password.note")).classes("small soft")
            field = ui.input(visit.t("login.password")).props("outlined type=password data-name=new-password")
            field.style("width: 100%")
            with ui.row().style("justify-content: flex-end; width: 100%"):
                ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")

                async def confirm() -> None:
                    people, actor = visit.services.ledger.people, visit.principal
                    given = str(field.value or "")

                    def change() -> bool:
                        actor.require_administrator()
                        people.set_password(actor.name, user.name, given)
                        return True

                    if await visit.ask(change):
                        dialog.close()
                        visit.tell(visit.t("users.password.done", name=user.name))

                ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _set_active(self, user: User) -> None:
        visit = self._visit

        def change() -> bool:
            visit.principal.require_administrator()
            visit.services.ledger.people.set_active(visit.principal.name, user.name, not user.active)
            return True

        if await visit.ask(change):
            visit.tell(visit.t("users.changed", name=user.name))
            await self.fill()


def _create(visit: Visit, created: Callable[[], Awaitable[None]]) -> None:
    ui.html(f"<h2>{escape(visit.t('users.create'))}</h2>", sanitize=False)
    with ui.element("div").classes("tools"):
        name = ui.input(visit.t("users.name")).props("outlined dense maxlength=64 data-name=user-name")
        secret = ui.input(visit.t("login.password")).props("outlined dense type=password data-name=user-password")
        role = ui.select({r.value: visit.t(f"role.{r}") for r in ROLES}, value=Role.OFFICER.value)
        role.props(f'outlined dense label="{visit.t("users.role")}" data-name=user-role')
        enterprise = ui.input(visit.t("users.enterprise.id")).props("outlined dense data-name=user-enterprise")
        enterprise.bind_visibility_from(role, "value", value=Role.ENTERPRISE.value)
        button = ui.button(visit.t("users.create")).props("no-caps data-name=user-create").classes("act")

    async def create() -> None:
        chosen = Role(str(role.value))
        text = str(enterprise.value or "").strip()

        def make() -> User:
            visit.principal.require_administrator()
            owner = parse_enterprise_id(text) if chosen is Role.ENTERPRISE else None
            people = visit.services.ledger.people
            return people.create_user(
                visit.principal.name, str(name.value or "").strip(), str(secret.value or ""), chosen, owner
            )

        made = await visit.ask(make)
        if made is not None:
            visit.tell(visit.t("users.created", name=made.name))
            name.value = secret.value = enterprise.value = ""
            await created()

    button.on_click(create)


class Tokens:
    """API tokens: one's own are made here; everybody's can be seen and revoked."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        note = escape(visit.t("tokens.note"))
        ui.html(f"<h2>{escape(visit.t('tokens'))}<span class='soft'>{note}</span></h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            self._label = ui.input(visit.t("tokens.label")).props("outlined dense maxlength=200 data-name=token-label")
            self._days = ui.number(visit.t("tokens.days"), value=90, min=1, max=LONGEST_TOKEN_DAYS, precision=0)
            self._days.props("outlined dense")
            make = ui.button(visit.t("tokens.create"), on_click=self._create)
            make.props("no-caps data-name=token-create").classes("act")
        self._list = ListBox(visit, self._standing, self._one, empty=visit.t("tokens.none"), name="tokens")

    def _standing(self) -> Sequence[TokenInfo]:
        people = self._visit.services.ledger.people
        return [each for user in people.users() for each in people.tokens(user.name) if not each.revoked]

    def _one(self, token: TokenInfo) -> None:
        visit = self._visit
        ends = visit.t("tokens.never")
        if token.expires_at is not None:
            ends = visit.t("tokens.until", day=f"{token.expires_at.astimezone(visit.zone):%Y-%m-%d}")
        with ui.element("div").classes("account"):
            ui.html(
                f'<div><span class="strong">{escape(token.label)}</span>'
                f'<div class="small soft">{escape(token.user)} · {escape(ends)}</div></div>',
                sanitize=False,
            )
            with ui.element("div").classes("acts"):
                revoke = ui.button(visit.t("tokens.revoke"), on_click=lambda: self._revoke(token))
                revoke.props("flat no-caps data-name=token-revoke").classes("act")

    async def _create(self) -> None:
        visit = self._visit
        label, days = str(self._label.value or "").strip(), self._days.value

        def make() -> str:
            visit.principal.require_administrator()
            if days is None or not 1 <= days <= LONGEST_TOKEN_DAYS:
                raise Invalid(visit.t("tokens.days.wrong", most=LONGEST_TOKEN_DAYS))
            expires = visit.services.machine_clock.now() + timedelta(days=int(days))
            me = visit.principal.name
            return visit.services.ledger.people.create_token(me, me, label, expires)[1]

        secret = await visit.ask(make)
        if secret is not None:
            self._label.value = ""
            self._show(secret)
            await self._list.fill()

    def _show(self, secret: str) -> None:
        visit = self._visit
        with visit.client, ui.dialog() as dialog, ui.card().style("width: min(560px, 92vw)"):
            ui.label(visit.t("tokens.once")).classes("strong")
            ui.html(f'<code id="token-secret">{escape(secret)}</code>', sanitize=False).style("overflow-wrap: anywhere")
            with ui.row().style("justify-content: flex-end; width: 100%"):
                copy = ui.button(visit.t("brief.copy")).props("flat no-caps").classes("act")
                copy.on("click", js_handler='() => copyText("token-secret")')
                ui.button(visit.t("close"), on_click=dialog.close).props("no-caps data-name=close").classes("act")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _revoke(self, token: TokenInfo) -> None:
        visit = self._visit

        def revoke() -> bool:
            visit.principal.require_administrator()
            visit.services.ledger.people.revoke_token(visit.principal.name, token.id)
            return True

        if await visit.ask(revoke):
            visit.tell(visit.t("tokens.revoked"))
            await self._list.fill()
