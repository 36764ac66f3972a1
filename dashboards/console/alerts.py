"""All alerts: what stands, what stood, and why some rules cannot speak."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nicegui import background_tasks, ui

from dashboards.console import markup, words
from dashboards.console.alert_list import AlertList
from dashboards.console.anomalies import AnomalyCard
from dashboards.console.board import Answer
from dashboards.console.frame import live, loading, title
from dashboards.console.names import scope_name
from dashboards.console.pictures import alerts_topic
from dashboards.console.visit import Visit
from domain.alerts import AlertKind
from domain.scopes import Scope
from response.rules import RuleState, RuleStatus

MOST = 200
#: Scopes named in a line of rules that cannot speak.
NAMED = 10


def build(visit: Visit) -> None:
    title(visit.t("page.alerts"), visit.t("alerts.note_page"))
    with ui.element("div").classes("board"):
        with ui.element("div").classes("card"):
            _list(visit)
        with ui.element("div").classes("card"):
            AnomalyCard(visit)
        with ui.element("div").classes("card"):
            _rules(visit)


def _list(visit: Visit) -> None:
    with ui.element("div").classes("tools"):
        which = ui.toggle({"active": visit.t("alerts.only_active"), "all": visit.t("alerts.all")}, value="active")
        which.props("no-caps unelevated")
        kinds = {"": visit.t("alerts.every_kind"), **{k.value: visit.t(f"alert.{k}") for k in AlertKind}}
        kind = ui.select(kinds, value="", label=visit.t("alerts.kind")).props("outlined dense")
    count = ui.html("", sanitize=False)
    alerts = AlertList(visit, limit=MOST)

    async def refresh() -> None:
        active = True if which.value == "active" else None
        wanted = AlertKind(kind.value) if kind.value else None
        page = await visit.ask(
            lambda: visit.services.alerts.list(visit.principal, active=active, kind=wanted, limit=MOST)
        )
        if page is not None:
            shown = visit.t("alerts.count", n=len(page.items), total=page.total)
            count.set_content(f'<div class="small soft" style="margin-bottom:6px">{escape(shown)}</div>')
            alerts.show(page.items, empty=visit.t("alerts.none"))

    which.on_value_change(refresh)
    kind.on_value_change(refresh)

    # Whatever stands may have moved: then this page's own question, with its filters, is asked again.
    def moved(_: Answer) -> None:
        background_tasks.create(refresh(), name="alerts page")

    live(visit, alerts_topic(visit), moved)


def _rules(visit: Visit) -> None:
    box = ui.html(f"<h2>{escape(visit.t('rules.title'))}</h2>" + loading(visit), sanitize=False)

    async def fill() -> None:
        states = await visit.ask(lambda: visit.services.alerts.rules(visit.principal))
        if states is None:
            return
        mute = [s for s in states if s.status is not RuleStatus.JUDGED]
        note = visit.t("rules.note", judged=len(states) - len(mute), mute=len(mute))
        head = f"<h2>{escape(visit.t('rules.title'))}<span class='soft'>{escape(note)}</span></h2>"
        columns = (
            markup.Column(visit.t("alerts.kind")),
            markup.Column(visit.t("scope")),
            markup.Column(visit.t("why")),
        )
        rows = [
            (escape(visit.t(f"alert.{kind}")), escape(_scopes(visit, scopes)), escape(why))
            for (kind, why), scopes in _by_reason(visit, mute).items()
        ]
        box.set_content(
            head + (markup.table(columns, rows, name="rules") if rows else markup.state(visit.t("rules.all")))
        )

    ui.timer(0.05, fill, once=True)


def _by_reason(visit: Visit, states: Sequence[RuleState]) -> dict[tuple[AlertKind, str], list[Scope]]:
    """A reason that many scopes share is one line."""
    found: dict[tuple[AlertKind, str], dict[Scope, None]] = {}
    for each in states:
        found.setdefault((each.kind, visit.pick(each.reason_zh, each.reason_en)), {})[each.scope] = None
    return {reason: list(scopes) for reason, scopes in found.items()}


def _scopes(visit: Visit, scopes: Sequence[Scope]) -> str:
    text = ("、" if visit.language == words.ZH else ", ").join(scope_name(visit, each) for each in scopes[:NAMED])
    more = len(scopes) - NAMED
    return f"{text}  {visit.t('list.more', n=more)}" if more > 0 else text
