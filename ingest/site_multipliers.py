"""Multipliers (倍率) of imported values: what the store keeps is always multiplied, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid
from domain.ids import MeterId
from domain.instants import from_ms
from domain.registry import Registry
from domain.series import Matrix
from ingest.file_history import History
from ingest.file_layouts import Ambiguous, Wanted
from ingest.sites import Site

_HOUR_MS = 3_600_000


def multiplied(
    history: History, sites: Mapping[str, Site], registry: Registry, zone: ZoneInfo, wanted: Wanted
) -> History:
    """The history with the registry's multipliers applied where the file gave none and its values are secondary.

    Raises Ambiguous where nobody says whether they are, Invalid where file and registry name different multipliers.
    """
    parts = [_part(part, history, sites, registry, zone, wanted) for part in history.parts]
    return replace(history, parts=tuple(parts))


def _part(
    part: Matrix, history: History, sites: Mapping[str, Site], registry: Registry, zone: ZoneInfo, wanted: Wanted
) -> Matrix:
    factors = np.ones(part.values.shape)
    for place, name in enumerate(part.ids):
        if name not in sites:
            continue  # a dry run shows what is not registered yet
        daily = _daily(registry, sites[name].meter, part.ts_ms, zone)
        given = history.sheets.multipliers.get(name, ()) if history.sheets is not None else ()
        said = history.sheets.applied.get(name) if history.sheets is not None else None
        if given:
            _agree(name, sites[name], given, daily, said)
        elif _applies(name, daily, part.values[place], wanted, said):
            factors[place] = daily
    return replace(part, values=part.values * factors) if (factors != 1.0).any() else part


def _daily(registry: Registry, meter: MeterId, ts_ms: IntArray, zone: ZoneInfo) -> FloatArray:
    """The registry's multiplier at each instant, 1 for meters whose values are primary."""
    # A zone's offset changes at most by hours: one look-up for each hour is exact enough for a day's begin.
    hours, back = np.unique(ts_ms // _HOUR_MS, return_inverse=True)
    known: dict[date, float] = {}
    found = []
    for hour in hours.tolist():
        day = from_ms(hour * _HOUR_MS).astimezone(zone).date()
        if day not in known:
            registered = registry.view(day).meters.get(meter)
            known[day] = 1.0 if registered is None or registered.primary_values else registered.multiplier
        found.append(known[day])
    daily: FloatArray = np.array(found)[back.reshape(-1)]
    return daily


def _applies(name: str, daily: FloatArray, values: FloatArray, wanted: Wanted, said: bool | None) -> bool:
    if (daily == 1.0).all():
        return False
    applied = wanted.multiplier == "applied" if wanted.multiplier is not None else said
    if applied is not None:
        return not applied
    most, times = float(np.nanmax(np.abs(values))), float(daily.max())
    raise Ambiguous(
        "multiplier",
        f"{name} 在台账中倍率为 {times:g}（二次值），文件的数值乘过倍率吗？"
        f"最大 {most:,.2f} kW，乘后 {most * times:,.2f} kW",
        f"the registry has a multiplier of {times:g} for {name}: are the file's values multiplied? at most "
        f"{most:,.2f} kW as written, {most * times:,.2f} kW multiplied",
        ["apply", "applied"],
    )


def _agree(name: str, site: Site, given: tuple[float, ...], daily: FloatArray, said: bool | None) -> None:
    """The file's multiplier was used, so it must be the registry's, where the registry has one."""
    registered = sorted(set(daily.tolist()) - {1.0})
    if said is False and registered and not set(given) <= set(registered):
        shown = "、".join(f"{value:g}" for value in given)
        kept = "、".join(f"{value:g}" for value in registered)
        raise Invalid(
            f"{name}: 文件倍率 {shown}，台账中 {site.meter} 为 {kept}，请核对后改正一处 / the file has the multiplier "
            f"{shown}, the registry {kept} for {site.meter}; find out which is right and correct the other"
        )
