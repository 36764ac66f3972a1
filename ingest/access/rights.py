"""Rights at the broker, from the registry: a meter speaks only under its enterprise, an enterprise hears itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.registry import RegistryView
from ingest.canary import canary_topic
from ingest.resolution import GRID
from ingest.topics import base, event_topic, gateway_topic, notice_topic, reading_topic, reply_topic

INGEST, WEATHER, REPLAY = "yingfeng", "yingfeng-weather", "yingfeng-replay"


@dataclass(frozen=True, slots=True)
class Speaker:
    """One user of the broker. publish, read : topic filters; everything else is refused"""

    user: str
    publish: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


def meter_user(meter: str) -> str:
    return f"meter-{meter}"


def gateway_user(gateway: str) -> str:
    return f"gateway-{gateway}"


def enterprise_user(enterprise: str) -> str:
    return f"enterprise-{enterprise}"


def speakers(view: RegistryView, district: str, *, replay: bool = False) -> tuple[Speaker, ...]:
    """Everybody who may connect that day, by name. A meter out of service is not among them.

    replay : also a user that may publish as every meter, for ``yingfeng replay`` and ``simulate``; never on a live
    district
    """
    found = [*_product(district, replay=replay), *_gateways(view, district), *_meters(view, district)]
    found += [
        Speaker(
            enterprise_user(enterprise),
            publish=(reply_topic(district, enterprise),),
            read=(notice_topic(district, enterprise),),
        )
        for enterprise in view.enterprises
    ]
    return tuple(sorted(found, key=lambda speaker: speaker.user))


def _product(district: str, *, replay: bool) -> Iterator[Speaker]:
    # Ingest hears everything and tells of events and notices; it speaks as no meter but its own canary.
    own = (event_topic(district, "#"), notice_topic(district, "+"), canary_topic(district, "+"))
    yield Speaker(INGEST, publish=own, read=(f"{base(district)}/#",))
    yield Speaker(WEATHER, publish=(f"{base(district)}/weather",))
    if replay:
        spoken = (reading_topic(district, "+", "+"), gateway_topic(district, "+"), event_topic(district, "#"))
        yield Speaker(REPLAY, publish=(*spoken, f"{base(district)}/weather"))


def _meters(view: RegistryView, district: str) -> Iterator[Speaker]:
    """Meters that connect themselves. One behind a gateway has no user: its gateway speaks for it."""
    for meter in view.meters.values():
        if meter.in_service and meter.gateway is None:
            owner = view.enterprise_of(meter.id) or GRID
            yield Speaker(meter_user(meter.id), publish=(reading_topic(district, owner, meter.id),))


def _gateways(view: RegistryView, district: str) -> Iterator[Speaker]:
    """Which meters a gateway may name inside its list is the registry's, and ingest's to check."""
    for gateway in {m.gateway for m in view.meters.values() if m.gateway is not None and m.in_service}:
        yield Speaker(gateway_user(gateway), publish=(gateway_topic(district, gateway),))
