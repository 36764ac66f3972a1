"""The frame around every page: bar, navigation, language, who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

from nicegui import ui

from dashboards.console import words
from dashboards.console.board import Answer, Topic
from dashboards.console.gate import ROOT
from dashboards.console.markup import state
from dashboards.console.visit import Visit
from domain.people import Role

#: By what an officer does: group, then page, its address and its icon.
GROUPS = (
    (
        "watch",
        (
            ("overview", "/", "speed"),
            ("alerts", "/alerts", "notifications"),
            ("notices", "/notices", "campaign"),
            ("enterprises", "/enterprises", "factory"),
        ),
    ),
    (
        "respond",
        (
            ("events", "/events", "handshake"),
            ("orderly", "/orderly", "bolt"),
            ("orders", "/orders", "gavel"),
            ("plans", "/plans", "assignment"),
            ("inspections", "/inspections", "how_to_reg"),
            ("review", "/review", "history"),
        ),
    ),
    (
        "analyse",
        (
            ("forecast", "/forecast", "insights"),
            ("peaks", "/peaks", "stacked_bar_chart"),
            ("characteristics", "/characteristics", "show_chart"),
            ("shapes", "/shapes", "category"),
            ("cooling", "/cooling", "thermostat"),
            ("baselines", "/baselines", "straighten"),
        ),
    ),
    (
        "report",
        (
            ("intensity", "/intensity", "eco"),
            ("reports", "/reports", "description"),
            ("billing", "/billing", "receipt_long"),
        ),
    ),
    (
        "keep",
        (
            ("quality", "/quality", "fact_check"),
            ("vee", "/vee", "rule"),
            ("registry", "/registry", "menu_book"),
            ("users", "/users", "manage_accounts"),
            ("system", "/system", "monitor_heart"),
        ),
    ),
)
OWN_PAGES = ("alerts", "events", "characteristics", "baselines", "orders", "reports")
ADMINISTRATORS_PAGES = ("users",)


@contextmanager
def frame(visit: Visit, here: str) -> Iterator[None]:
    """``here`` is the navigation entry that is marked."""
    ui.add_head_html(f'<link rel="stylesheet" href="{ROOT}/assets/console.css?{visit.services.version}">')
    ui.add_head_html(f'<script src="{ROOT}/assets/console.js?{visit.services.version}"></script>')
    if visit.language == words.EN:
        ui.add_head_html('<script>document.documentElement.lang = "en"</script>')
    ui.page_title(f"{visit.t(f'page.{here}')} · {visit.t('brand')}")
    ui.colors(primary="#17508f", positive="#1b6e3c", negative="#a3151c", warning="#7a5200", info="#17508f")
    # Open above the breakpoint by Quasar itself: NiceGUI would ask the page, and complain of one that has gone.
    drawer = ui.left_drawer(value=False).props("show-if-above width=208 breakpoint=1023").classes("side")
    drawer.style("padding: 8px 0; margin: 0; gap: 0")
    with drawer:
        _navigation(visit, here)
    with ui.header(elevated=False).classes("bar"):
        ui.button(icon="menu", color=None, on_click=drawer.toggle).props(
            f'flat dense round aria-label="{visit.t("menu")}"'
        )
        ui.html(f'<span class="brand">{escape(visit.t("brand"))}</span>', sanitize=False)
        place = visit.services.settings.district.name
        ui.html(f'<span class="place">{escape(place)}</span>', sanitize=False).style("min-width:0; overflow:hidden")
        ui.element("div").classes("grow")
        clock = ui.html("", sanitize=False).classes("clock")
        other = words.EN if visit.language == words.ZH else words.ZH
        switch = ui.button(visit.t("language"), color=None).props("flat dense no-caps data-name=language")
        switch.on("click", js_handler=f'() => chooseLanguage("{other}")')
    visit.board.watch(visit, Topic("clock", lambda: visit.services.clock.now()), lambda a: _tick(visit, clock, a))
    yield


def _tick(visit: Visit, clock: ui.html, answer: Answer) -> None:
    if answer.value is not None:
        clock.set_content(f'<span class="only-wide">{visit.t("clock")} </span>{visit.moment(answer.value)}')


def _navigation(visit: Visit, here: str) -> None:
    own = visit.principal.enterprise
    if own:
        _entry(visit, here, "enterprise", f"/enterprise/{own}", "factory")
    for group, pages in GROUPS:
        shown = [page for page in pages if _may_open(visit, page[0])]
        if shown:
            ui.label(visit.t(f"group.{group}")).classes("group")
        for name, path, icon in shown:
            _entry(visit, here, name, path, icon)
    with ui.element("div").classes("who"):
        ui.label(visit.principal.name).classes("strong")
        ui.label(visit.t(f"role.{visit.principal.role}")).classes("soft")
        leave = ui.button(visit.t("sign_out"), icon="logout").props("flat dense no-caps data-name=sign-out")
        leave.on("click", js_handler="() => signOut()")


def _may_open(visit: Visit, page: str) -> bool:
    if visit.principal.enterprise:
        return page in OWN_PAGES
    return page not in ADMINISTRATORS_PAGES or visit.principal.may_administer()


def _entry(visit: Visit, here: str, name: str, path: str, icon: str) -> None:
    with ui.link(target=path).classes("item" + (" here" if name == here else "")):
        ui.icon(icon, size="20px")
        ui.label(visit.t(f"page.{name}"))


def title(text: str, note: str = "") -> None:
    soft = f'<span class="soft">{escape(note)}</span>' if note else ""
    ui.html(f'<div class="title"><h1>{escape(text)}</h1>{soft}</div>', sanitize=False)


def staff_only(visit: Visit) -> bool:
    """Whether the page may be shown; says so where it may not."""
    if visit.principal.role is not Role.ENTERPRISE:
        return True
    ui.html(f'<div class="card">{state(visit.t("forbidden"), visit.t("forbidden.why"))}</div>', sanitize=False)
    return False


def live(visit: Visit, topic: Topic, show: Callable[[Answer], None]) -> None:
    """The pages' way to the board: shows the last answer at once, and every newer one."""
    visit.board.watch(visit, topic, show)


def loading(visit: Visit, word: str = "loading") -> str:
    """word : what is being done, where it takes seconds"""
    return f'<div class="loading" role="status">{escape(visit.t(word))}</div>'


def trouble(visit: Visit, problem: str) -> str:
    """An error where a figure would stand: what is wrong, never a guess."""
    text = f"{visit.t('unavailable')}: {visit.half(problem)}"
    return f'<div class="banner error" role="alert">{escape(text)}</div>'
