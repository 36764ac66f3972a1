"""Columns of a file and the meters they are: found in the registry, or made so that a stranger's file can be used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.errors import Invalid
from domain.ids import AccountId, EnterpriseId, MeterId, parse_enterprise_id
from domain.registry import ALWAYS, Account, Enterprise, Meter, MeterRole, RegistryView
from domain.registry_checks import RegistryChange
from domain.series import Matrix

#: Room for the "-1" of the account's id.
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Site:
    """Where a column's values go. ``enterprise`` : whose topic the meter speaks on, None for a boundary meter."""

    meter: MeterId
    enterprise: EnterpriseId | None


def site_id(name: str) -> str:
    """An id for a column's name: itself where it is one, else one made from it that stays the same."""
    try:
        if len(name) <= _LONGEST:
            return parse_enterprise_id(name)
    except Invalid:
        pass
    return "S" + hashlib.sha256(name.encode()).hexdigest()[:10]


def register_sites(parts: Iterable[Matrix], *, only: Sequence[str] | None = None) -> RegistryChange:
    """One enterprise, account and meter for each site, the meter with the site's own interval.

    only : names of the sites to make, None = all
    """
    enterprises, accounts, meters = [], [], []
    for part in parts:
        for name in part.ids:
            if only is not None and name not in only:
                continue
            ident = site_id(name)
            enterprises.append(Enterprise(EnterpriseId(ident), ALWAYS, name))
            accounts.append(Account(AccountId(f"{ident}-1"), ALWAYS, EnterpriseId(ident)))
            meters.append(Meter(MeterId(ident), ALWAYS, AccountId(f"{ident}-1"), interval_s=part.step_s))
    return RegistryChange(enterprises, accounts, meters)


def find_sites(view: RegistryView, names: Iterable[str]) -> tuple[dict[str, Site], list[str]]:
    """The meter of each name, and the names the registry does not know.

    A name is a meter's id, or the id or name of an enterprise that has exactly one main meter. Raises Invalid for an
    enterprise with several: the file must then say which.
    """
    mains: dict[EnterpriseId, list[MeterId]] = {}
    for meter in view.meters.values():
        owner = view.enterprise_of(meter.id)
        if owner is not None and (meter.role is MeterRole.MAIN or meter.landlord is not None):
            mains.setdefault(owner, []).append(meter.id)
    by_name = {e.name: e.id for e in view.enterprises.values()}
    found: dict[str, Site] = {}
    unknown: list[str] = []
    for name in names:
        ident = site_id(name)
        if MeterId(ident) in view.meters:
            found[name] = Site(MeterId(ident), view.enterprise_of(MeterId(ident)))
            continue
        owner = by_name.get(name) or (EnterpriseId(ident) if EnterpriseId(ident) in view.enterprises else None)
        if owner is None:
            unknown.append(name)
        elif len(mains.get(owner, ())) == 1:
            found[name] = Site(mains[owner][0], owner)
        else:
            several = ", ".join(mains.get(owner, ())) or "none"
            raise Invalid(
                f"{name}: the enterprise has no single main meter ({several}); name the column after the meter"
            )
    return found, unknown


def check_intervals(view: RegistryView, parts: Iterable[Matrix], sites: Mapping[str, Site]) -> None:
    """Raises Invalid, all at once, for meters registered with another interval than the file's."""
    wrong = [
        f"{name}: meter {sites[name].meter} is registered with {view.meters[sites[name].meter].interval_s} s, "
        f"the file has {part.step_s} s"
        for part in parts
        for name in part.ids
        if name in sites and view.meters[sites[name].meter].interval_s != part.step_s
    ]
    if wrong:
        shown = "\n".join(f"  - {line}" for line in wrong[:10])
        raise Invalid(
            f"the intervals of {len(wrong)} sites differ from the registry on {_day(view.day)}; "
            f"give --interval, or add a dated version of the meters:\n{shown}"
        )


def _day(day: date) -> str:
    return day.isoformat()
