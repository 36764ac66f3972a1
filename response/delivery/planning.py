"""From a notice to the messages that carry it: which ways, which of them stand by, and what is held back already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from config.delivery_settings import NoticesSettings
from domain.notices import DeliveryReason, DeliveryState, Notice, NoticeClass, Way
from response.delivery.mqtt_channel import MQTT
from response.delivery.ways import Ways
from storage.notice_ports import NoticeLedger, Planned


def plan(
    notice: Notice, ways: Ways, ledger: NoticeLedger, settings: NoticesSettings, *, now: datetime, machine_ms: int
) -> list[Planned]:
    """now : district clock; machine_ms : the machine's, by which messages become due"""
    chosen = ways.of(notice)
    off = [way for way in chosen if not ways.usable(way)]
    planned = [_closed(way, DeliveryState.FAILED, DeliveryReason.CHANNEL_OFF) for way in off]
    usable = _dense([way for way in chosen if ways.usable(way)])
    if not usable:
        return [*planned, _closed(Way("", "", 0), DeliveryState.UNREACHABLE, DeliveryReason.NO_ROUTE)]
    if _is_repeat(notice, ledger, settings, now):
        return planned + [_closed(way, DeliveryState.SUPPRESSED, DeliveryReason.REPEAT) for way in usable]
    return planned + [_waiting(notice, way, settings, machine_ms) for way in usable]


def _closed(way: Way, state: DeliveryState, reason: DeliveryReason) -> Planned:
    return Planned(way.channel, way.address, way.step, state, reason, 0)


def _dense(ways: Sequence[Way]) -> list[Way]:
    """Steps 0, 1, 2...: where the first way is switched off the second goes out at once. MQTT is beside the people."""
    order = {step: n for n, step in enumerate(sorted({way.step for way in ways if way.channel != MQTT}))}
    return [way if way.channel == MQTT else replace(way, step=order[way.step]) for way in ways]


def _is_repeat(notice: Notice, ledger: NoticeLedger, settings: NoticesSettings, now: datetime) -> bool:
    if notice.notice_class is not NoticeClass.INFORMATION or not settings.repeat_s:
        return False
    since = now - timedelta(seconds=settings.repeat_s)
    said = ledger.said_since(notice.recipient, notice.kind, notice.reference, since)
    return any(
        (k.notice.subject, k.notice.body) == (notice.subject, notice.body) for k in said if k.notice.id != notice.id
    )


def _waiting(notice: Notice, way: Way, settings: NoticesSettings, machine_ms: int) -> Planned:
    if way.step:
        # Opened when the first way fails; where an answer is asked for, also when none has come by then.
        opens = machine_ms + round(1000 * settings.second_channel_s) * way.step if notice.reply is not None else 0
        return Planned(way.channel, way.address, way.step, DeliveryState.STANDBY, DeliveryReason.SECOND_CHANNEL, opens)
    grouped = notice.notice_class is NoticeClass.INFORMATION and settings.group_s > 0
    due_ms = machine_ms + (round(1000 * settings.group_s) if grouped else 0)
    reason = DeliveryReason.GROUPING if grouped else DeliveryReason.FIRST
    return Planned(way.channel, way.address, way.step, DeliveryState.WAITING, reason, due_ms)
