"""What enterprises read: the words of invitations, calls, changes and all-clears. Chinese first, English below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from domain.dr import Direction, DrEvent
from domain.dr_records import Step
from domain.event_days import hours_text
from domain.ids import AccountId
from domain.instants import from_ms
from domain.notices import Answer
from domain.people import SYSTEM

#: Notes the program writes itself; the second marks the first step of a drill, and survives a restart.
CONFIRMED_BY = "confirmed by "
RUNS_ITSELF = "drill that runs by itself"

DRILL_ZH, DRILL_EN = "【演练】", "[DRILL] "
ESTIMATE_ZH, ESTIMATE_EN = "测算", "estimate"
ANSWERS_ZH = {Answer.RECEIVED: "已收到", Answer.CAN: "可以响应", Answer.CANNOT: "不能响应"}
#: What the program writes into the steps by itself, as papers print it.
_NOTES_ZH = {"created": "新建", "drill": "演练", "verified": "", RUNS_ITSELF: "自动演练"}
_ACTION = {Direction.SHED: ("压降", "reduce by"), Direction.FILL: ("增加", "raise by")}


def window(event: DrEvent, zone: ZoneInfo) -> str:
    start, end = (from_ms(ms).astimezone(zone) for ms in (event.start_ms, event.end_ms))
    return f"{start:%Y-%m-%d} {hours_text(start, end)}"


def step_note(step: Step) -> str:
    """As a paper prints it: words of people as they are, the program's own in Chinese."""
    if step.note.startswith(CONFIRMED_BY):
        return f"{step.note.removeprefix(CONFIRMED_BY)}确认"
    return _NOTES_ZH.get(step.note, step.note)


def actor(name: str) -> str:
    return "系统" if name == SYSTEM.name else name


def clock(at_ms: int, zone: ZoneInfo) -> str:
    return f"{from_ms(at_ms).astimezone(zone):%m-%d %H:%M}"


def kw(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f} kW"


def listed(accounts: Iterable[AccountId]) -> str:
    return "、".join(accounts)


def with_accounts(name: str, accounts: Sequence[AccountId]) -> str:
    """The name of who takes part, with its accounts where it does not take part as a whole."""
    return f"{name}（户号 {listed(accounts)}）" if accounts else name


def drilled(event: DrEvent, zh: str, en: str) -> tuple[str, str]:
    """Drill mode is printed on every message."""
    return (DRILL_ZH + zh, DRILL_EN + en) if event.drill else (zh, en)


def subject(event: DrEvent, zh: str, en: str) -> str:
    zh, en = drilled(event, zh, en)
    return f"{zh} / {en}"


def _body(event: DrEvent, zh: Sequence[str], en: Sequence[str]) -> str:
    drill = ("本次为演练，请按演练要求操作。", "This is a drill.") if event.drill else ("", "")
    return "\n".join(line for line in (drill[0], *zh, "", drill[1], *en) if line or line == "").strip()


def invitation(event: DrEvent, zone: ZoneInfo, invited_kw: float | None, pay_yuan: float | None) -> str:
    zh, en = _ACTION[event.terms.direction]
    until = clock(event.reply_by_ms, zone)
    return _body(
        event,
        (
            f"{event.terms.name_zh}：{window(event, zone)}，邀请贵单位{zh} {kw(invited_kw)}。",
            f"请于 {until} 前答复：能参加（千瓦数、时段）或不能参加（原因）。",
            *(
                [f"预计补贴约 {pay_yuan:,.0f} 元（{ESTIMATE_ZH}，以电力公司结算为准）。"]
                if pay_yuan is not None
                else []
            ),
        ),
        (
            f"{event.terms.name_en}: {window(event, zone)}, you are invited to {en} {kw(invited_kw)}.",
            f"Please answer before {until}: how many kW and when, or why not.",
            *(
                [f"About {pay_yuan:,.0f} yuan ({ESTIMATE_EN}; the power company settles)."]
                if pay_yuan is not None
                else []
            ),
        ),
    )


def call(event: DrEvent, zone: ZoneInfo, cleared_kw: float, limit_kw: float | None) -> str:
    """limit_kw : mean load of the window that keeps the promise, None where no baseline is known"""
    zh, en = _ACTION[event.terms.direction]
    below = event.terms.direction is Direction.SHED
    cap = ("", "")
    if limit_kw is not None:
        cap = (
            f"平均负荷请控制在 {kw(limit_kw)} {'以下' if below else '以上'}。",
            f"Keep the mean load {'below' if below else 'above'} {kw(limit_kw)}.",
        )
    return _body(
        event,
        (f"确认：{window(event, zone)}，请{zh} {kw(cleared_kw)}。{cap[0]}",),
        (f"Confirmed: {window(event, zone)}, please {en} {kw(cleared_kw)}. {cap[1]}",),
    )


def not_called(event: DrEvent, zone: ZoneInfo) -> str:
    return _body(
        event,
        (f"{window(event, zone)} 的响应本次未出清，贵单位照常用电。感谢应邀。",),
        (f"You are not called for {window(event, zone)}; use power as usual. Thank you for your answer.",),
    )


def cancelled(event: DrEvent, zone: ZoneInfo, reason: str) -> str:
    return _body(
        event,
        (f"{window(event, zone)} 的需求响应已取消，恢复正常用电。原因：{reason}",),
        (f"The demand response of {window(event, zone)} is cancelled; use power as usual. Reason: {reason}",),
    )


def revised(event: DrEvent, zone: ZoneInfo, reason: str) -> str:
    return _body(
        event,
        (f"需求响应时段改为 {window(event, zone)}。原因：{reason}",),
        (f"The demand response now runs {window(event, zone)}. Reason: {reason}",),
    )


def reminder(event: DrEvent, promised_kw: float, reduction_kw: float, left_min: int) -> str:
    """reduction_kw : below 0 where the load went the other way"""
    zh, en = _ACTION[event.terms.direction]
    missing = promised_kw - reduction_kw
    given = kw(max(0.0, reduction_kw))
    return _body(
        event,
        (
            f"执行进度：约定{zh} {kw(promised_kw)}，目前 {given}，还需{zh} {kw(missing)}，剩 {left_min} 分钟。",
            "请尽快落实；如有困难请回电值班室。",
        ),
        (
            f"You promised to {en} {kw(promised_kw)}; now it is {given}: {en} another {kw(missing)}, "
            f"{left_min} min left.",
            "Please act now, or call the duty desk.",
        ),
    )
