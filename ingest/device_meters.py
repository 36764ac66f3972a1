"""A device that reports under its own serial number: the registry knows it as the gateway of one meter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.instants import from_ms, local_date
from domain.registry import Registry
from ingest.codecs.columns import Decoded


@lru_cache(maxsize=32)
def _only_meters(registry: Registry, day: date) -> dict[str, str]:
    """Gateway to its meter, for gateways with exactly one meter in service."""
    meters = registry.view(day).meters.values()
    behind = [(str(meter.gateway), str(meter.id)) for meter in meters if meter.gateway and meter.in_service]
    counted = Counter(gateway for gateway, _ in behind)
    return {gateway: meter for gateway, meter in behind if counted[gateway] == 1}


def name_meters(decoded: Decoded, registry: Callable[[], Registry], zone: ZoneInfo) -> None:
    """Where a device named itself as the meter, and the registry has one meter behind it that day, name that meter."""
    columns, device = decoded.columns, decoded.gateway
    for row, meter in enumerate(columns.meter):
        if meter != device:
            continue
        known, day = registry(), local_date(from_ms(columns.ts_ms[row]), zone)
        if meter not in known.view(day).meters:
            columns.meter[row] = _only_meters(known, day).get(meter, meter)
