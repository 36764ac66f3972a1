"""Notices of an event, and what the answers to them change. An aggregator is told and answers for its members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from domain.dr import DrEvent, Participant
from domain.ids import EnterpriseId
from domain.instants import Span, from_ms
from domain.notices import Answer, Notice, NoticeClass, Recipient, Reply, ReplyMark, ReplyRequest
from response.dr import words
from response.dr.freezing import mean_kw
from response.dr.pace_answer import Pace
from response.dr.selection import shared


def groups(event: DrEvent) -> Iterator[tuple[EnterpriseId, list[Participant]]]:
    """Who is told, and about whom: each enterprise of itself, an aggregator of all its members at once."""
    found: dict[EnterpriseId, list[Participant]] = {}
    for each in event.participants:
        found.setdefault(EnterpriseId(each.aggregator or each.enterprise), []).append(each)
    yield from found.items()


def invitations(event: DrEvent, officer: str | None, zone: ZoneInfo) -> list[Notice]:
    """To everybody who has not been asked yet in this window, or was asked for another."""
    made = []
    for to, members in groups(event):
        asked = sum(each.invited_kw or 0.0 for each in members)
        possible = None if any(each.possible_kw is None for each in members) else asked
        hours = (event.end_ms - event.start_ms) / 3_600_000
        price = event.terms.price_yuan_per_kwh
        pay = None if price is None else asked * hours * price
        request = ReplyRequest("dr.invitation", event.reply_by_ms, possible, _window(event))
        subject = words.subject(event, "需求响应邀约", "invitation to demand response")
        body = words.invitation(event, zone, asked, pay) + _members(members)
        made.append(_notice(event, "dr.invitation", NoticeClass.CALL, to, subject, body, officer, request=request))
    return made


def calls(
    event: DrEvent, base_kw: Mapping[str, Sequence[float | None]], officer: str | None, zone: ZoneInfo
) -> list[Notice]:
    """The confirmed kW to who is called; who offered and is not called is told so."""
    made = []
    for to, members in groups(event):
        total = sum(each.promised_kw for each in members)
        if total > 0:
            limit = None
            if len(members) == 1 and (base := mean_kw(base_kw.get(members[0].member, ()))) is not None:
                limit = max(0.0, base - event.sign * total)
            body = words.call(event, zone, total, limit) + _members(members)
            subject = words.subject(event, "需求响应确认", "demand response confirmed")
            request = ReplyRequest("dr.cleared", event.start_ms, total, _window(event))
            made.append(_notice(event, "dr.cleared", NoticeClass.CALL, to, subject, body, officer, request=request))
        elif any(each.answer is Answer.CAN for each in members):
            subject = words.subject(event, "本次未出清", "not called this time")
            body = words.not_called(event, zone)
            made.append(_notice(event, "dr.not_called", NoticeClass.INFORMATION, to, subject, body, officer))
    return made


def _window(event: DrEvent) -> Span:
    return Span(from_ms(event.start_ms), from_ms(event.end_ms))


def to_everybody(event: DrEvent, kind: str, officer: str | None, subject: str, body: str) -> list[Notice]:
    """A cancellation or a change, to all who were asked."""
    return [_notice(event, kind, NoticeClass.CALL, to, subject, body, officer) for to, _ in groups(event)]


def reminders(event: DrEvent, late: Sequence[Pace], left_min: int, officer: str | None) -> list[Notice]:
    """To those behind their promise; an aggregator hears of all its late members at once."""
    behind = {each.member: each for each in late}
    made = []
    for to, members in groups(event):
        own = [each for each in members if each.member in behind]
        if not own:
            continue
        paces = [behind[each.member] for each in own]
        promised, reduction = (sum(values) for values in zip(*((p.promised_kw, p.now_kw) for p in paces), strict=True))
        subject = words.subject(event, "需求响应进度提醒", "demand response: behind your promise")
        body = words.reminder(event, promised, reduction, left_min) + _members(own)
        made.append(_notice(event, "dr.pace", NoticeClass.CALL, to, subject, body, officer))
    return made


def _members(members: Sequence[Participant]) -> str:
    """The members of an aggregator; who takes part with some of its accounts is told with which."""
    if not members[0].aggregator:
        apart = [account for each in members for account in each.accounts]
        return f"\n\n仅限户号 / these accounts only: {words.listed(apart)}" if apart else ""
    listed = [
        f"{each.enterprise} 户号 {words.listed(each.accounts or (each.account,))}："
        f"{words.kw(each.cleared_kw or each.invited_kw)}"
        for each in members
    ]
    return "\n\n代理户 / members:\n" + "\n".join(listed)


def _notice(
    event: DrEvent,
    kind: str,
    notice_class: NoticeClass,
    to: EnterpriseId,
    subject: str,
    body: str,
    officer: str | None,
    *,
    request: ReplyRequest | None = None,
) -> Notice:
    # The id makes sending again after a crash the same notice: it is of this version of the event.
    return Notice(
        id=f"dr-{event.id}-{kind.removeprefix('dr.')}-{event.version}-{to}",
        kind=kind,
        notice_class=notice_class,
        subject=subject,
        body=body,
        recipient=Recipient(enterprise_id=to),
        reference=event.source,
        reply=request,
        drill=event.drill,
        confirmed_by=officer,
    )


def answered(event: DrEvent, replies: Sequence[Reply]) -> DrEvent:
    """The event with what was answered in time; late, excessive and withdrawn answers leave a remark.

    The last answer of each counts. What came after the deadline is told and does not change what was declared.
    """
    latest: dict[str, Reply] = {}
    late: dict[str, Reply] = {}
    for reply in replies:
        if not reply.counts or reply.enterprise_id is None:
            continue
        in_time = ReplyMark.LATE not in reply.marks and reply.at_ms <= event.reply_by_ms
        (latest if in_time else late)[reply.enterprise_id] = reply
    changed: dict[str, Participant] = {}
    for to, members in groups(event):
        for each, kw in _declared(members, latest.get(to)).items():
            changed[each] = _replied(event.participant(each), latest.get(to), kw, late.get(to))
    return event.with_each(lambda each: changed.get(each.member, each))


def _declared(members: Sequence[Participant], reply: Reply | None) -> Mapping[str, float | None]:
    if reply is None or reply.answer is not Answer.CAN:
        nothing = 0.0 if reply is not None and reply.answer is Answer.CANNOT else None
        return {each.member: nothing for each in members}
    told = reply.power_kw
    if told is None:
        return {each.member: each.invited_kw for each in members}
    return dict(shared(told, members))


def _replied(each: Participant, reply: Reply | None, declared_kw: float | None, late: Reply | None) -> Participant:
    remarks = []
    if reply is not None and reply.reason:
        remarks.append(reply.reason)
    if reply is not None and ReplyMark.ABOVE_POSSIBLE in reply.marks:
        remarks.append("超过可能 / above what is possible")
    if reply is not None and ReplyMark.OUTSIDE_WINDOW in reply.marks:
        remarks.append("时段不符 / other hours than asked")
    if late is not None:
        remarks.append(f"逾期答复 / answered after the deadline: {late.answer} {words.kw(late.power_kw)}")
    return replace(
        each,
        answer=None if reply is None else reply.answer,
        declared_kw=declared_kw,
        replied_ms=None if reply is None else reply.at_ms,
        remark="; ".join(remarks),
    )
