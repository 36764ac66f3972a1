"""Reading an answer: what it says, and what is wrong with it. Pure."""

from __future__ import annotations

import math

from domain.errors import Invalid
from domain.notices import LONGEST_WORDS, Answer, Notice, Reply, ReplyChannel, ReplyMark
from domain.people import Principal


def answer_of(
    principal: Principal,
    notice_id: str,
    notice: Notice | None,
    answer: Answer,
    *,
    at_ms: int,
    power_kw: float | None,
    start_ms: int | None,
    end_ms: int | None,
    reason: str,
    channel: ReplyChannel,
    words: str,
) -> Reply:
    """The answer without marks. Raises Invalid for one that cannot be read."""
    if answer is Answer.CAN:
        if power_kw is None or not math.isfinite(power_kw) or power_kw <= 0:
            raise Invalid("请填写可响应的千瓦数 / say how many kW can be given, more than 0")
    else:
        power_kw = start_ms = end_ms = None
    if answer is Answer.CANNOT and not reason.strip():
        raise Invalid("请说明原因 / say why it is not possible")
    if (start_ms is None) != (end_ms is None) or (start_ms is not None and end_ms is not None and end_ms <= start_ms):
        raise Invalid("起止时间不正确 / the hours must have a start and a later end")
    window = notice.reply.window if notice is not None and notice.reply is not None else None
    if answer is Answer.CAN and start_ms is None and window is not None:
        start_ms, end_ms = window.start_ms, window.end_ms
    enterprise = principal.enterprise
    if enterprise is None and notice is not None:
        enterprise = notice.recipient.enterprise_id
    return Reply(
        notice_id=notice_id,
        reference=notice.reference if notice is not None else "",
        enterprise_id=enterprise,
        answer=answer,
        at_ms=at_ms,
        channel=channel,
        actor=principal.name,
        power_kw=power_kw,
        start_ms=start_ms,
        end_ms=end_ms,
        reason=reason.strip()[:LONGEST_WORDS],
        words=words.strip()[:LONGEST_WORDS],
    )


def marks_of(reply: Reply, notice: Notice | None) -> tuple[ReplyMark, ...]:
    if notice is None:
        return (ReplyMark.UNASKED,)
    marks = []
    request = notice.reply
    # Every call may be acknowledged; figures are for those who were asked for some.
    if request is None and reply.answer is not Answer.RECEIVED:
        marks.append(ReplyMark.UNASKED)
    if reply.enterprise_id != notice.recipient.enterprise_id:
        marks.append(ReplyMark.FOREIGN)
    if request is not None:
        if reply.at_ms > request.deadline_ms:
            marks.append(ReplyMark.LATE)
        if request.max_kw is not None and reply.power_kw is not None and reply.power_kw > request.max_kw:
            marks.append(ReplyMark.ABOVE_POSSIBLE)
        window = request.window
        if window is not None and reply.start_ms is not None and reply.end_ms is not None:
            outside = reply.start_ms < window.start_ms or reply.end_ms > window.end_ms
            marks += [ReplyMark.OUTSIDE_WINDOW] if outside else []
    return tuple(marks)
