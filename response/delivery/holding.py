"""What holds a message back: the instant it was written for, silences, quiet hours, the rate limit. Pure.

Only information is held by the last three; a call or an order passes them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.duty import Silence
from domain.instants import from_ms
from domain.notices import DeliveryReason, Notice, NoticeClass


@dataclass(frozen=True, slots=True)
class Hold:
    """for_s : district seconds until it may be looked at again; None = held back for good"""

    reason: DeliveryReason
    for_s: float | None
    note: str = ""


def covers(silence: Silence, notice: Notice, now: datetime) -> bool:
    return (
        silence.start <= now < silence.end
        and notice.kind.startswith(silence.kind)
        and silence.recipient in ("", str(notice.recipient))
        and notice.reference.startswith(silence.reference)
    )


def until(now: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that ``now`` lies in end; None outside them. Equal times: there are none."""
    begins, ends = quiet
    local = now.astimezone(zone)
    at = local.timetz().replace(tzinfo=None)
    over_midnight = begins > ends
    inside = (at >= begins or at < ends) if over_midnight else begins <= at < ends
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and at >= begins else 0)
    return datetime.combine(day, ends, tzinfo=zone)


def held(
    notice: Notice,
    now: datetime,
    *,
    quiet: tuple[time, time],
    zone: ZoneInfo,
    silences: Sequence[Silence],
    sent_last_hour: Callable[[], int],
    per_hour: int,
) -> Hold | None:
    """sent_last_hour : information that went to the same address; asked only when nothing else holds"""
    wait_s = (from_ms(notice.not_before_ms) - now).total_seconds() if notice.not_before_ms else 0.0
    if wait_s > 0:
        return Hold(DeliveryReason.NOT_YET, wait_s)
    if notice.notice_class is not NoticeClass.INFORMATION:
        return None
    for silence in silences:
        if covers(silence, notice, now):
            return Hold(DeliveryReason.SILENCED, None, silence.reason)
    ends = until(now, quiet, zone)
    if ends is not None:
        return Hold(DeliveryReason.QUIET_HOURS, (ends - now).total_seconds(), f"{quiet[0]:%H:%M}-{quiet[1]:%H:%M}")
    if sent_last_hour() >= per_hour:
        return Hold(DeliveryReason.RATE_LIMITED, 60.0, f"{per_hour}/h")
    return None
