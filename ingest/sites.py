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
from ingest.file_layouts import Ambiguous

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


def register_sites(
    parts: Iterable[Matrix],
    *,
    only: Sequence[str] | None = None,
    accounts: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> RegistryChange:
    """One enterprise, account and meter for each site, the meter with the site's own interval.

    only : names of the sites to make, None = all; accounts, names : of a site, where the file told them
    """
    owners: dict[AccountId, Enterprise] = {}
    made: dict[AccountId, Account] = {}
    meters = []
    for part in parts:
        for name in part.ids:
            if only is not None and name not in only:
                continue
            ident = site_id(name)
            account = AccountId(site_id((accounts or {}).get(name, f"{ident}-1")))
            owners.setdefault(account, Enterprise(EnterpriseId(ident), ALWAYS, (names or {}).get(name, name)))
            made.setdefault(account, Account(account, ALWAYS, owners[account].id))
            meters.append(Meter(MeterId(ident), ALWAYS, account, interval_s=part.step_s))
    return RegistryChange(list(owners.values()), list(made.values()), meters)


def find_sites(
    view: RegistryView,
    names: Iterable[str],
    *,
    accounts: Mapping[str, str] | None = None,
    chosen: Mapping[str, str] | None = None,
) -> tuple[dict[str, Site], list[str]]:
    """The meter of each name, and the names the registry does not know.

    A name is a meter's id, or the id of an account, or the id or name of an enterprise, with exactly one main meter.
    accounts : of a name, where the file told it; chosen : meter of a name, as the person said
    Raises Ambiguous where a name could be several meters, or two names are the same one; Invalid for a contradiction.
    """
    finder = _Finder(view, accounts or {}, chosen or {})
    found: dict[str, Site] = {}
    unknown: list[str] = []
    for name in names:
        meter = finder.meter(name)
        if meter is None:
            unknown.append(name)
        else:
            found[name] = Site(meter, view.enterprise_of(meter))
    _each_its_own(found)
    return found, unknown


def _each_its_own(found: Mapping[str, Site]) -> None:
    holders: dict[MeterId, str] = {}
    for name, site in found.items():
        other = holders.setdefault(site.meter, name)
        if other != name:
            raise Ambiguous(
                "map",
                f"{other} 和 {name} 都对应 {site.meter}，各是哪块表？",
                f"{other} and {name} would both be {site.meter}; which meter is each",
                [f"{other}={site.meter}", f"{name}=..."],
            )


class _Finder:
    def __init__(self, view: RegistryView, accounts: Mapping[str, str], chosen: Mapping[str, str]) -> None:
        self._view = view
        self._accounts = accounts
        self._chosen = chosen
        self._by_name = {e.name: e.id for e in view.enterprises.values()}
        self._of_enterprise: dict[EnterpriseId, list[MeterId]] = {}
        self._of_account: dict[str, list[MeterId]] = {}
        for meter in view.meters.values():
            owner = view.enterprise_of(meter.id)
            if owner is not None and (meter.role is MeterRole.MAIN or meter.landlord is not None):
                self._of_enterprise.setdefault(owner, []).append(meter.id)
                self._of_account.setdefault(str(meter.account), []).append(meter.id)

    def meter(self, name: str) -> MeterId | None:
        """None when the registry does not know the name."""
        if name in self._chosen:
            meter = MeterId(self._chosen[name])
            if meter not in self._view.meters:
                raise Invalid(f"--map {name}={meter}: the registry has no meter {meter} on {_day(self._view.day)}")
            return meter
        ident = MeterId(site_id(name))
        if ident in self._view.meters:
            self._check_account(name, ident)
            return ident
        account = self._accounts.get(name, name)
        if AccountId(account) in self._view.accounts:
            return self._single(name, self._of_account.get(account, []), "户号", "account")
        owner = self._by_name.get(name) or (
            EnterpriseId(ident) if EnterpriseId(ident) in self._view.enterprises else None
        )
        return None if owner is None else self._single(name, self._of_enterprise.get(owner, []), "企业", "enterprise")

    def _single(self, name: str, meters: Sequence[MeterId], kind_zh: str, kind_en: str) -> MeterId:
        if len(meters) == 1:
            return meters[0]
        several = ", ".join(meters) or "none"
        raise Ambiguous(
            "map",
            f"{name}: {kind_zh}没有唯一的总表（{several}），是哪块表？",
            f"{name}: the {kind_en} has no single main meter ({several}); name the meter",
            [f"{name}={meter}" for meter in meters],
        )

    def _check_account(self, name: str, meter: MeterId) -> None:
        stated, registered = self._accounts.get(name), self._view.meters[meter].account
        if stated is not None and registered is not None and stated != registered:
            raise Invalid(
                f"{name}: 文件中户号为 {stated}，台账中该表属于 {registered} / the file puts this meter under account "
                f"{stated}, the registry under {registered}; correct one of them"
            )


def lost_zeros(view: RegistryView, names: Iterable[str]) -> dict[str, str]:
    """Known accounts that a name is but for its leading zeros: what Excel makes of a number."""
    known = {account.lstrip("0"): str(account) for account in view.accounts}
    return {name: known[name.lstrip("0")] for name in names if name.isdigit() and name.lstrip("0") in known}


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
