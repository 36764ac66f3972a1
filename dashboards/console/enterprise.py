"""One enterprise: its load now and today, its week, and what the registry knows of it."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from nicegui import ui

from dashboards.console import markup, now, potential
from dashboards.console.alert_list import AlertList
from dashboards.console.board import Answer, Topic
from dashboards.console.closings import Closed, close_button, is_closed
from dashboards.console.curve_card import CurveCard
from dashboards.console.enterprises import troubles
from dashboards.console.frame import live, loading, title, trouble
from dashboards.console.pictures import alerts_topic, current_topic
from dashboards.console.season import season_card
from dashboards.console.visit import Visit
from domain.errors import YingfengError
from domain.registry import ALWAYS, Account, Enterprise, Meter, RegistryView
from domain.scopes import Scope, enterprise_scope
from domain.series import Figure
from monitor.answers import DayIndices

DAYS = 7


def build(visit: Visit, enterprise_id: str) -> None:
    scope = enterprise_scope(enterprise_id)
    try:
        # The scope first: a stranger must not learn which ids exist.
        visit.principal.require_scope(scope)
        view = visit.services.ledger.registry.registry().view(visit.today())
        found = view.enterprise(enterprise_id)
    except YingfengError as error:
        text = markup.state(visit.t("enterprise.refused"), visit.half(str(error)))
        with ui.element("div").classes("board"):
            ui.html(f'<div class="card">{text}</div>', sanitize=False)
            if visit.principal.may_write() and is_closed(visit, enterprise_id):
                with ui.element("div").classes("card"):
                    Closed(visit, enterprise=enterprise_id)
        return
    title(found.name, " · ".join(word for word in (found.id, found.sector, found.street) if word))
    with ui.element("div").classes("board halves"):
        with ui.element("div").classes("wide"):
            _now(visit, scope)
        with ui.element("div").classes("card wide"):
            _alerts(visit, scope)
        with ui.element("div").classes("card wide"):
            note = visit.t("curve.note")
            ui.html(
                f"<h2>{escape(visit.t('curve.title'))}<span class='soft'>{escape(note)}</span></h2>", sanitize=False
            )
            CurveCard(visit, scope)
        with ui.element("div").classes("card wide"):
            _indices(visit, scope)
        with ui.element("div").classes("card wide"):
            potential.card(visit, found.id)
        with ui.element("div").classes("card wide"):
            season_card(visit, found.id)
        with ui.element("div").classes("card"):
            _meters(visit, view, found)
        with ui.element("div").classes("card"):
            _attributes(visit, found)
            close_button(visit, found, view.accounts_of(found.id))


def _now(visit: Visit, scope: Scope) -> None:
    box = ui.html(loading(visit), sanitize=False)

    def show(answer: Answer) -> None:
        box.set_content(trouble(visit, answer.problem) if answer.value is None else now.tiles(visit, answer.value))

    live(visit, current_topic(visit, scope), show)


def _alerts(visit: Visit, scope: Scope) -> None:
    ui.html(f"<h2>{escape(visit.t('alerts.active'))}</h2>", sanitize=False)
    alerts = AlertList(visit, limit=10)

    def show(answer: Answer) -> None:
        if answer.value is not None:
            alerts.show([a for a in answer.value if a.scope == scope], empty=visit.t("alerts.none"))

    live(visit, alerts_topic(visit), show)


def _indices(visit: Visit, scope: Scope) -> None:
    head = f"<h2>{escape(visit.t('indices.title'))}<span class='soft'>{escape(visit.t('indices.note'))}</span></h2>"
    box = ui.html(head + loading(visit), sanitize=False)
    services, principal, last = visit.services, visit.principal, visit.today()

    def ask() -> list[DayIndices]:
        return services.questions.indices(principal, scope, last - timedelta(days=DAYS - 1), last)

    def show(answer: Answer) -> None:
        if answer.value is None:
            box.set_content(head + trouble(visit, answer.problem))
        else:
            box.set_content(head + indices_table(visit, answer.value))

    live(visit, Topic(("indices", scope, last), ask, slow=True), show)


def indices_table(visit: Visit, days: list[DayIndices]) -> str:
    names = ("day", "maximum", "minimum", "mean", "energy", "load_factor", "valley")
    columns = [
        markup.Column(visit.t(f"indices.{name}"), right=name != "day", wide=name in ("minimum", "mean", "valley"))
        for name in names
    ]
    rows = [
        (
            f'<span class="num">{day.day:%m-%d}</span>',
            _figure(visit, day.maximum_kw, "kW") + f' <span class="soft small num">{visit.time(day.maximum_at)}</span>',
            _figure(visit, day.minimum_kw, "kW"),
            _figure(visit, day.mean_kw, "kW"),
            _figure(visit, day.energy_kwh, "kWh"),
            _percent(visit, day.load_factor),
            _percent(visit, day.peak_valley_ratio),
        )
        for day in reversed(days)
    ]
    return markup.table(columns, rows, name="indices")


def _figure(visit: Visit, figure: Figure, unit: str) -> str:
    if figure.value is None:
        return f'<span title="{escape(now.why(visit, figure))}">{markup.pill(visit.t("insufficient.short"))}</span>'
    return markup.number(figure.value, unit)


def _percent(visit: Visit, figure: Figure) -> str:
    if figure.value is None:
        return _figure(visit, figure, "%")
    return markup.share(figure.value)


def _meters(visit: Visit, view: RegistryView, found: Enterprise) -> None:
    accounts = view.accounts_of(found.id)
    meters = [m for m in view.meters.values() if view.enterprise_of(m.id) == found.id]
    ui.html(f"<h2>{escape(visit.t('accounts.title'))}</h2>" + _accounts(visit, accounts), sanitize=False)
    box = ui.html(loading(visit), sanitize=False)
    services, principal = visit.services, visit.principal

    def ask() -> dict[str, tuple[bool, tuple[str, ...], float]]:
        rows = services.questions.quality(principal, visit.today())
        return {row.meter: (row.silent, row.faults, row.completeness) for row in rows}

    def show(answer: Answer) -> None:
        states = answer.value or {}
        problem = trouble(visit, answer.problem) if answer.problem else ""
        box.set_content(
            f"<h2 style='margin-top:14px'>{escape(visit.t('meters.title'))}</h2>{problem}"
            + _meter_table(visit, meters, states)
        )

    live(visit, Topic(("meter states", principal.enterprise), ask, slow=True), show)


def _accounts(visit: Visit, accounts: tuple[Account, ...]) -> str:
    columns = (
        markup.Column(visit.t("account")),
        markup.Column(visit.t("account.supply"), wide=True),
        markup.Column(visit.t("account.contract"), right=True, wide=True),
        markup.Column(visit.t("capacity"), right=True),
        markup.Column(visit.t("account.demand"), right=True),
        markup.Column(visit.t("since"), wide=True),
    )
    rows = [
        (
            f'<span class="num">{escape(a.id)}</span>',
            escape(" / ".join(w for w in (a.substation, a.feeder) if w)) + f" {markup.number(a.voltage_kv, 'kV')}",
            markup.number(a.contract_capacity_kva, "kVA"),
            markup.number(a.running_capacity_kva, "kVA"),
            markup.number(a.approved_demand_kw, "kW"),
            since(visit, a),
        )
        for a in accounts
    ]
    return markup.table(columns, rows, name="accounts") if rows else markup.state(visit.t("accounts.none"))


def _meter_table(visit: Visit, meters: list[Meter], states: dict[str, tuple[bool, tuple[str, ...], float]]) -> str:
    columns = (
        markup.Column(visit.t("meter")),
        markup.Column(visit.t("meter.role")),
        markup.Column(visit.t("meter.interval"), right=True, wide=True),
        markup.Column(visit.t("meter.multiplier"), right=True, wide=True),
        markup.Column(visit.t("completeness"), right=True),
        markup.Column(visit.t("faults")),
    )
    rows = []
    for m in meters:
        silent, faults, completeness = states.get(m.id, (False, (), float("nan")))
        service = "" if m.in_service else markup.pill(visit.t("meter.out"))
        rows.append(
            (
                f'<span class="num">{escape(m.id)}</span>',
                escape(visit.t(f"role_of_meter.{m.role}")) + f" {service}",
                markup.number(m.interval_s, "s"),
                markup.number(m.multiplier),
                markup.share(completeness),
                troubles(visit, int(silent), faults),
            )
        )
    return markup.table(columns, rows, name="meters") if rows else markup.state(visit.t("meters.none"))


def since(visit: Visit, version: Account | Enterprise) -> str:
    text = visit.t("always") if version.valid_from == ALWAYS else version.valid_from.isoformat()
    return f'<span class="num">{escape(text)}</span>'


def _attributes(visit: Visit, found: Enterprise) -> None:
    kw = (
        "security_load_kw",
        "main_production_kw",
        "auxiliary_kw",
        "shiftable_kw",
        "avoidable_kw",
        "curtailable_kw",
        "lighting_kw",
        "storage_kw",
        "dr_contract_kw",
    )
    pairs = [
        (visit.t("since"), since(visit, found)),
        (visit.t("enterprise.credit_code"), escape(found.credit_code) or markup.NONE),
    ]
    pairs += [
        (visit.t(f"enterprise.{name}"), escape(getattr(found, name)) or markup.NONE)
        for name in ("shifts", "rest_day", "plan_level", "measure")
    ]
    pairs += [(visit.t(f"enterprise.{name}"), markup.number(getattr(found, name), "kW")) for name in kw]
    if found.protected_class:
        pairs.append(
            (visit.t("enterprise.protected"), markup.pill(visit.t(f"protected.{found.protected_class}"), "ok"))
        )
    if found.restricted_class:
        pairs.append(
            (visit.t("enterprise.restricted"), markup.pill(visit.t(f"restricted.{found.restricted_class}"), "serious"))
        )
    versions = sum(1 for e in visit.services.ledger.registry.registry().enterprises if e.id == found.id)
    note = visit.t("attributes.note", n=versions)
    ui.html(
        f"<h2>{escape(visit.t('attributes.title'))}<span class='soft'>{escape(note)}</span></h2>{markup.facts(pairs)}",
        sanitize=False,
    )
    _contacts(visit, found)


def _contacts(visit: Visit, found: Enterprise) -> None:
    def listed(*, reveal: bool) -> str:
        pairs = [
            (c.name, f'<span class="num">{escape(c.phone if reveal else c.masked_phone)}</span>')
            for c in found.contacts
        ]
        body = markup.facts(pairs) if pairs else markup.state(visit.t("contacts.none"))
        return f"<h2 style='margin-top:14px'>{escape(visit.t('contacts.title'))}</h2>{body}"

    box = ui.html(listed(reveal=False), sanitize=False)
    if not found.contacts or not visit.principal.may_write():
        return

    async def reveal() -> None:
        def record() -> bool:
            visit.services.ledger.audit.record(visit.principal.name, "contacts.reveal", f"enterprise:{found.id}")
            return True

        if await visit.ask(record):
            box.set_content(listed(reveal=True))
            button.delete()

    button = ui.button(visit.t("contacts.reveal"), icon="visibility", on_click=reveal)
    button.props("flat dense no-caps data-name=reveal").classes("act")
