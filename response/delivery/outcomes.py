"""What becomes of messages in the outbox: held back, resting with their channel, sent, failed, or tried again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from config.delivery_settings import NoticesSettings
from domain.notices import DeliveryReason, DeliveryState, NoticeClass
from response.delivery.channels import Delivered, Outcome, Refused
from response.delivery.holding import Hold
from storage.notice_ports import Moved, Queued

#: What is held is looked at again after this long at the latest: silences end early, clocks are set.
LONGEST_HOLD_S = 600.0


def kept_back(queued: Queued, hold: Hold, *, now_ms: int, speed: float) -> Moved:
    """now_ms : machine clock; speed : of the district clock, 0 = it stands"""
    ids = (queued.delivery.id,)
    if hold.for_s is None:
        return Moved(ids, DeliveryState.SUPPRESSED, hold.reason, note=hold.note, spare=True)
    due_ms = now_ms + round(1000 * min(hold.for_s / (speed or 1.0), LONGEST_HOLD_S)) + 1
    return Moved(ids, DeliveryState.WAITING, hold.reason, due_ms=due_ms, note=hold.note)


def resting(queued: Queued, channel: str, until_ms: int) -> Moved:
    """While the channel rests; what calls or orders opens its second way meanwhile."""
    return Moved(
        (queued.delivery.id,),
        DeliveryState.WAITING,
        DeliveryReason.RETRY,
        due_ms=until_ms,
        note=f"{channel} does not answer; it rests",
        open_next=_urgent([queued]),
    )


def became(
    group: Sequence[Queued],
    outcome: Outcome,
    settings: NoticesSettings,
    *,
    now: datetime,
    machine_ms: int,
    reaches_people: bool,
) -> Moved:
    """Of a message that was tried. now : district clock; machine_ms : machine clock"""
    ids = tuple(q.delivery.id for q in group)
    if isinstance(outcome, Delivered):
        # Where an answer is asked for, the second way still opens if none comes.
        enough = reaches_people and all(q.kept.notice.reply is None for q in group)
        return Moved(
            ids, DeliveryState.SENT, DeliveryReason.DELIVERED, proof=outcome.proof, attempted=True, spare=enough
        )
    given_up = now - min(q.kept.made_at for q in group) > timedelta(hours=settings.give_up_hours)
    if isinstance(outcome, Refused) or given_up:
        reason = DeliveryReason.REFUSED if isinstance(outcome, Refused) else DeliveryReason.GIVEN_UP
        return Moved(ids, DeliveryState.FAILED, reason, note=outcome.problem, attempted=True, open_next=True)
    attempts = max(q.delivery.attempts for q in group) + 1
    wait_s = min(settings.retry_first_s * 2 ** min(attempts - 1, 20), settings.retry_most_s)
    return Moved(
        ids,
        DeliveryState.WAITING,
        DeliveryReason.RETRY,
        due_ms=machine_ms + round(1000 * max(wait_s, outcome.after_s)),
        note=outcome.problem,
        attempted=True,
        # Whoever calls or orders does not wait for a channel to mend; information gives it a second chance.
        open_next=_urgent(group) or attempts >= 2,
    )


def _urgent(group: Sequence[Queued]) -> bool:
    return any(q.kept.notice.notice_class is not NoticeClass.INFORMATION for q in group)
