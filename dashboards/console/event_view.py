"""What the page of one event shows, as markup: pure, so that a test can read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.dr import DrEvent, Participant
from domain.dr_records import Objection, Settlement, SettlementRow
from domain.event_days import hours_text
from domain.instants import from_ms
from response.dr.pace_answer import EventPace, Pace
from response.dr.paper_tables import VALIDITY
from response.dr.settlements import Difference

TONES = {"valid": "ok", "incomplete": "warning", "no_baseline": "warning"}


@dataclass(frozen=True, slots=True)
class Look:
    """names : of the enterprises by id; pace : only while it can run; settlement : the newest, None before there
    is one; changed : what it changed of the one before"""

    event: DrEvent
    names: Mapping[str, str] = field(default_factory=dict)
    pace: EventPace | None = None
    settlement: Settlement | None = None
    objections: Sequence[Objection] = ()
    changed: Sequence[Difference] = ()

    def name(self, enterprise: str) -> str:
        return self.names.get(enterprise, enterprise)


def head(visit: Visit, look: Look) -> str:
    event, pace = look.event, look.pace
    hours, days = _hours(visit, event)
    drill = f'<div class="banner" role="note">{escape(visit.t("event.drill"))}</div>' if event.drill else ""
    state = markup.pill(visit.t(f"event.{event.state}"), "info")
    promised = sum(each.promised_kw for each in event.participants)
    tiles = [
        markup.tile(visit.t("events.window"), hours, days),
        markup.tile(visit.t("events.target"), markup.number(event.target_kw, "kW"), escape(event.document)),
        markup.tile(visit.t("events.cleared"), markup.number(promised, "kW"), _asked(visit, event)),
    ]
    if pace is not None:
        share = pace.mean_share if pace.over else pace.share
        tiles.insert(
            0,
            markup.tile(visit.t("event.pace"), markup.share(share, 0), escape(visit.half(pace.text)), kind="hero"),
        )
    number = f'<span class="soft num">{escape(event.id)}</span>'
    name = f'<div class="title"><h1>{escape(event.title)}</h1>{state}{number}</div>'
    return f'{drill}{name}<div class="tiles four">{"".join(tiles)}</div>'


def _hours(visit: Visit, event: DrEvent) -> tuple[str, str]:
    """Hours and days apart: on a phone a tile is too narrow for both."""
    start, end = (from_ms(ms).astimezone(visit.zone) for ms in (event.start_ms, event.end_ms))
    last = end - timedelta(milliseconds=1)
    days = f"{start:%Y-%m-%d}" + (f" → {last:%m-%d}" if last.date() != start.date() else "")
    hours = f"{start:%H:%M}-{end:%H:%M}" if last.date() != start.date() else hours_text(start, end)
    return f'<span class="num">{hours}</span>', days


def _asked(visit: Visit, event: DrEvent) -> str:
    answered = sum(1 for each in event.participants if each.answer is not None)
    return escape(visit.t("event.answered", n=answered, total=len(event.participants)))


def body(visit: Visit, look: Look) -> str:
    pace, settlement = look.pace, look.settlement
    parts = []
    if pace is not None and pace.rescue.members:
        parts.append(_rescue(visit, pace))
    if pace is not None and pace.rebound:
        listed = "、".join(f"{escape(each.name)} {each.above_share:+.0%}" for each in pace.rebound)
        parts.append(f'<div class="banner">{escape(visit.t("event.rebound"))} {listed}</div>')
    if settlement is not None:
        parts.append(_card(visit.t("event.settlement", n=settlement.revision), _settled(visit, look, settlement)))
        if settlement.revision > 1:
            parts.append(_card(visit.t("event.changed"), _changed(visit, look, settlement)))
    if pace is not None:
        parts.append(_card(visit.t("event.running"), _paces(visit, look, pace)))
    elif settlement is None:
        parts.append(_card(visit.t("event.participants"), _participants(visit, look)))
    return "".join(parts)


def _card(heading: str, content: str) -> str:
    return f'<div class="card"><h2>{escape(heading)}</h2>{content}</div>'


def _rescue(visit: Visit, pace: EventPace) -> str:
    """Whom to call, as buttons a thumb can hit."""
    by_id = {each.member: each for each in pace.each}
    calls = []
    for member in pace.rescue.members:
        each = by_id[member]
        phone = each.contacts[0] if each.contacts and visit.principal.may_write() else None
        missing = f"<span class='soft'>−{each.missing_kw:,.0f} kW</span>"
        who = f"{escape(each.name or each.enterprise)}{_accounts(visit, each.accounts)} {missing}"
        if phone is None:
            calls.append(f'<div class="call">{who}</div>')
        else:
            calls.append(f'<a class="call" href="tel:{escape(phone.phone)}">☎ {who} · {escape(phone.name)}</a>')
    asked = {by_id[member].enterprise for member in pace.rescue.members}
    text = visit.t("event.rescue", n=len(asked), share=f"{pace.rescue.closes_share:.0%}")
    return _card(text, f'<div class="calls">{"".join(calls)}</div>')


def _paces(visit: Visit, look: Look, pace: EventPace) -> str:
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("event.promised"), right=True),
        *(
            ()
            if pace.over
            else (markup.Column(visit.t("event.now"), right=True), markup.Column(visit.t("event.share")))
        ),
        markup.Column(visit.t("event.mean_share"), right=True),
    )
    return markup.table(
        columns, [_pace(visit, look, each, over=pace.over) for each in pace.each], name="pace", stacked=True
    )


def _pace(visit: Visit, look: Look, each: Pace, *, over: bool) -> tuple[str, ...]:
    shown = escape(visit.half(each.reason)) if each.share is None else _share(each.share)
    mean = markup.NONE if each.mean_share is None else _share(each.mean_share) if over else f"{each.mean_share:.0%}"
    return (
        _who(visit, look, each.enterprise, each.accounts),
        markup.number(each.promised_kw, "kW"),
        *(() if over else (markup.number(each.reduction_kw, "kW"), shown)),
        mean,
    )


def _share(share: float) -> str:
    """Of the promise, coloured by how much of it is kept."""
    return markup.pill(f"{share:.0%}", "critical" if share < 0.5 else "warning" if share < 0.8 else "ok")


def _who(visit: Visit, look: Look, enterprise: str, accounts: Sequence[str]) -> str:
    name = markup.link(f"/console/enterprise/{enterprise}", look.name(enterprise))
    return f'{name} <span class="soft small num">{escape(enterprise)}</span>{_accounts(visit, accounts)}'


def _accounts(visit: Visit, accounts: Sequence[str]) -> str:
    """Those that take part alone; nothing where the enterprise takes part as a whole."""
    listed = escape(visit.t("event.accounts", accounts="、".join(accounts)))
    return f'<br><span class="soft small num">{listed}</span>' if accounts else ""


def _participants(visit: Visit, look: Look) -> str:
    if not look.event.participants:
        return markup.state(visit.t("event.nobody"), visit.t("event.nobody.how"))
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("event.invited"), right=True),
        markup.Column(visit.t("event.answer")),
        markup.Column(visit.t("event.declared"), right=True),
        markup.Column(visit.t("events.cleared"), right=True),
    )
    rows = [_participant(visit, look, each) for each in look.event.participants]
    return markup.table(columns, rows, name="participants", stacked=True)


def _participant(visit: Visit, look: Look, each: Participant) -> tuple[str, ...]:
    answer = visit.t("event.unanswered") if each.answer is None else visit.t(f"event.answer.{each.answer}")
    remark = f'<br><span class="soft small">{escape(visit.half(each.remark))}</span>' if each.remark else ""
    via = f'<br><span class="soft small">{escape(each.aggregator)}</span>' if each.aggregator else ""
    return (
        _who(visit, look, each.enterprise, each.accounts) + via,
        markup.number(each.invited_kw, "kW"),
        escape(answer) + remark,
        markup.number(each.declared_kw, "kW"),
        markup.number(each.cleared_kw, "kW"),
    )


def _settled(visit: Visit, look: Look, settlement: Settlement) -> str:
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("event.promised"), right=True, wide=True),
        markup.Column(visit.t("event.response"), right=True),
        markup.Column(visit.t("event.verdict")),
        markup.Column(visit.t("event.energy"), right=True),
        markup.Column(visit.t("event.pay"), right=True),
        markup.Column(visit.t("event.official"), right=True, wide=True),
    )
    note = f'<p class="soft small">{escape(visit.t("event.pay.note"))}</p>'
    rows = [_settled_row(visit, look, row) for row in settlement.rows]
    return markup.table(columns, rows, name="settlement", stacked=True) + note


def _changed(visit: Visit, look: Look, settlement: Settlement) -> str:
    """What a re-run said otherwise, and why there was one."""
    reason = f'<p class="soft">{escape(visit.t("event.reason"))}: {escape(settlement.reason)}</p>'
    if not look.changed:
        return f"<p>{escape(visit.t('event.unchanged'))}</p>{reason}"
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("event.verdict")),
        markup.Column(visit.t("event.response"), right=True),
        markup.Column(visit.t("event.energy"), right=True),
    )
    rows = [
        (
            _who(visit, look, each.enterprise, each.accounts),
            " → ".join(escape(visit.pick(VALIDITY[word], word)) for word in dict.fromkeys(each.validity)),
            " → ".join(markup.number(kw, "kW", 1) for kw in each.response_kw),
            " → ".join(markup.number(kwh, "kWh", 1) for kwh in each.energy_kwh),
        )
        for each in look.changed
    ]
    return markup.table(columns, rows, name="changed", stacked=True) + reason


def _settled_row(visit: Visit, look: Look, row: SettlementRow) -> tuple[str, ...]:
    tone = (
        "ok" if row.validity == "valid" else "warning" if row.validity in ("incomplete", "no_baseline") else "critical"
    )
    return (
        _who(visit, look, row.enterprise, row.accounts),
        markup.number(row.promised_kw, "kW"),
        markup.number(row.response_kw, "kW", 1),
        markup.pill(visit.pick(VALIDITY[row.validity], row.validity), tone),
        markup.number(row.energy_kwh, "kWh", 1),
        markup.number(row.pay_yuan, visit.t("event.yuan"), 2),
        markup.number(row.official_verified_kw, "kW", 1),
    )
