"""Enterprises, their accounts (户号) and meters, with dated attributes.

Each entity is a series of versions; a figure for a day uses the version in force that day (``Registry.view``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Protocol, TypeVar

from domain.errors import Invalid, NotFound
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind

ALWAYS = date(1970, 1, 1)


class MeterRole(StrEnum):
    MAIN = "main"
    SUB = "sub"
    GENERATION = "generation"
    STORAGE = "storage"
    EV = "ev"
    BOUNDARY = "boundary"


class DataClass(StrEnum):
    """How soon a meter's data come. Only real-time meters can be silent."""

    REAL_TIME = "real_time"
    NEXT_DAY = "next_day"
    MONTHLY = "monthly"


class Stamp(StrEnum):
    """Which instant of its interval a meter writes into ``ts``."""

    START = "start"
    END = "end"
    INSTANT = "instant"


class ProtectedClass(StrEnum):
    """有序用电管理办法 (2011) art. 11, in its order."""

    NONE = ""
    COMMAND = "command"
    SECURITY_LOAD = "security_load"
    PUBLIC_SERVICE = "public_service"
    UTILITY = "utility"
    LIVELIHOOD = "livelihood"
    NATIONAL_KEY = "national_key"


class RestrictedClass(StrEnum):
    """有序用电管理办法 (2011) art. 12."""

    NONE = ""
    ILLEGAL_PROJECT = "illegal_project"
    ELIMINATED = "eliminated"
    OVER_LIMIT = "over_limit"
    LANDSCAPE_LIGHTING = "landscape_lighting"
    TWO_HIGH = "two_high"


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    phone: str

    @property
    def masked_phone(self) -> str:
        """138****5678: enough to recognise, not enough to call."""
        return self.phone if len(self.phone) < 7 else f"{self.phone[:3]}****{self.phone[-4:]}"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One version of an enterprise: the columns of the orderly-use plan table. None = not known.

    closed : true from the day it left the district; what it was before stays as it was
    """

    id: EnterpriseId
    valid_from: date
    name: str
    credit_code: str = ""
    street: str = ""
    sector: str = ""
    shifts: str = ""
    rest_day: str = ""
    security_load_kw: float | None = None
    main_production_kw: float | None = None
    auxiliary_kw: float | None = None
    non_production_kw: float | None = None
    shiftable_kw: float | None = None
    avoidable_kw: float | None = None
    curtailable_kw: float | None = None
    lighting_kw: float | None = None
    storage_kw: float | None = None
    storage_kwh: float | None = None
    summer_max_kw: float | None = None
    summer_max_day_mean_kw: float | None = None
    winter_max_kw: float | None = None
    winter_max_day_mean_kw: float | None = None
    plan_level: str = ""
    level_reduction_kw: float | None = None
    measure: str = ""
    measure_hours: str = ""
    protected_class: ProtectedClass = ProtectedClass.NONE
    restricted_class: RestrictedClass = RestrictedClass.NONE
    two_high: bool = False
    limit_exceeded: bool = False
    dr_contract: bool = False
    dr_contract_kw: float | None = None
    remote_controllable: bool = False
    responsibility_letter: str = ""
    contacts: tuple[Contact, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """One version of an account. Running capacity (kVA) changes with 暂停/减容; approved demand is kW.

    closed : true from the day of 销户
    """

    id: AccountId
    valid_from: date
    enterprise: EnterpriseId
    substation: str = ""
    feeder: str = ""
    voltage_kv: float | None = None
    contract_capacity_kva: float | None = None
    running_capacity_kva: float | None = None
    approved_demand_kw: float | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Meter:
    """One version of a meter.

    multiplier : CT ratio x PT ratio (倍率); applied by ingest unless ``primary_values`` or the payload says it was
    landlord : for a tenant's sub-meter, the enterprise whose main meter also counts this load
    in_service : false from the day it was taken out of service; it then leaves the expected set
    """

    id: MeterId
    valid_from: date
    account: AccountId | None
    role: MeterRole = MeterRole.MAIN
    data_class: DataClass = DataClass.REAL_TIME
    interval_s: int = 60
    stamp: Stamp = Stamp.START
    multiplier: float = 1.0
    primary_values: bool = True
    register_modulus_kwh: float = 1_000_000.0
    gateway: GatewayId | None = None
    landlord: EnterpriseId | None = None
    in_service: bool = True

    def __post_init__(self) -> None:
        if self.interval_s <= 0 or 86_400 % self.interval_s:
            raise Invalid(f"meter {self.id}: interval {self.interval_s} s does not divide a day")
        if self.multiplier <= 0:
            raise Invalid(f"meter {self.id}: multiplier {self.multiplier} is not positive")


class _Version(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def valid_from(self) -> date: ...


V = TypeVar("V", bound=_Version)


def _in_force(versions: Iterable[V], day: date) -> dict[str, V]:
    chosen: dict[str, V] = {}
    for version in sorted(versions, key=lambda v: v.valid_from):
        if version.valid_from <= day:
            chosen[version.id] = version
    return chosen


def _unknown(what: str, day: date) -> str:
    return f"于 {day} 不在台账中 / {what} is not in the registry on {day}"


@dataclass(frozen=True, slots=True)
class RegistryView:
    """The registry as it was in force on one day. Built by ``Registry.view``.

    Closed enterprises and accounts are not in it; their meters are, out of service, so that it is known whose they were
    """

    day: date
    enterprises: Mapping[EnterpriseId, Enterprise]
    accounts: Mapping[AccountId, Account]
    meters: Mapping[MeterId, Meter]
    _members: dict[Scope, tuple[tuple[MeterId, int], ...]] = field(repr=False)

    def meter(self, meter: str) -> Meter:
        found = self.meters.get(MeterId(meter))
        if found is None:
            raise NotFound(f"计量点 {meter} {_unknown(f'meter {meter}', self.day)}")
        return found

    def enterprise(self, enterprise: str) -> Enterprise:
        found = self.enterprises.get(EnterpriseId(enterprise))
        if found is None:
            raise NotFound(f"企业 {enterprise} {_unknown(f'enterprise {enterprise}', self.day)}")
        return found

    def enterprise_of(self, meter: MeterId) -> EnterpriseId | None:
        found = self.meters.get(meter)
        if found is None or found.account is None:
            return None
        account = self.accounts.get(found.account)
        return account.enterprise if account else None

    def accounts_of(self, enterprise: EnterpriseId) -> tuple[Account, ...]:
        return tuple(a for a in self.accounts.values() if a.enterprise == enterprise)

    def owner_of(self, scope: Scope) -> EnterpriseId | None:
        """The one enterprise that a meter, or every one of several accounts, belongs to; None where there is none."""
        if scope.kind is ScopeKind.METER:
            return self.enterprise_of(MeterId(scope.id))
        known = [self.accounts.get(each) for each in scope.accounts]
        owners = {None if each is None else each.enterprise for each in known}
        return owners.pop() if len(owners) == 1 else None

    def has_tenants(self, enterprise: EnterpriseId) -> bool:
        """Whether meters of others are taken off its load."""
        return any(meter.landlord == enterprise and meter.in_service for meter in self.meters.values())

    def scopes(self) -> tuple[Scope, ...]:
        """Every scope that has at least one meter this day, without single meters and accounts."""
        return tuple(sorted(self._members))

    def members(self, scope: Scope) -> tuple[tuple[MeterId, int], ...]:
        """Meters whose signed sum is the scope's load, with sign +1 or -1 (a landlord less its tenants).

        Meters out of service are not members. An unknown scope has no members. Of accounts they are the meters alone:
        what tenants draw is taken off the enterprise, for nobody knows through which of its accounts it comes.
        """
        if scope.kind is ScopeKind.METER:
            known = self.meters.get(MeterId(scope.id))
            return ((known.id, 1),) if known is not None and known.in_service else ()
        if scope.kind is ScopeKind.ACCOUNTS:
            own = frozenset(scope.accounts) & self.accounts.keys()
            counted = (m.id for m in self.meters.values() if m.in_service and m.account in own and _counts(m))
            return tuple((meter, 1) for meter in sorted(counted))
        return self._members.get(scope, ())

    def stands_in(self, meter: Meter, scope: Scope) -> bool:
        """Whether a meter belongs to a place by its account, counted in its load or not; all stand in the district."""
        account = None if meter.account is None else self.accounts.get(meter.account)
        owner = None if account is None else self.enterprises.get(account.enterprise)
        if account is None or owner is None:
            return scope == DISTRICT
        return scope in (DISTRICT, Scope(ScopeKind.METER, meter.id), *_scopes_of(owner, account))

    def whole(self) -> Scope:
        """The district where it has a series of its own, else the sum of its monitored enterprises."""
        return DISTRICT if self.members(DISTRICT) else MONITORED


def _counts(meter: Meter) -> bool:
    """A main meter counts the load of its account, and so does a tenant's sub-meter."""
    return meter.role is MeterRole.MAIN or meter.landlord is not None


def _scopes_of(enterprise: Enterprise, account: Account) -> list[Scope]:
    found = [Scope(ScopeKind.ENTERPRISE, enterprise.id), Scope(ScopeKind.MONITORED)]
    for kind, ident in (
        (ScopeKind.SUBSTATION, account.substation),
        (ScopeKind.FEEDER, account.feeder),
        (ScopeKind.STREET, enterprise.street),
        (ScopeKind.SECTOR, enterprise.sector),
    ):
        if ident:
            found.append(Scope(kind, ident))
    return found


def _landlord_scopes(
    view_enterprises: Mapping[EnterpriseId, Enterprise], accounts: Iterable[Account], landlord: EnterpriseId
) -> list[Scope]:
    owner = view_enterprises.get(landlord)
    account = next((a for a in accounts if a.enterprise == landlord), None)
    return _scopes_of(owner, account) if owner is not None and account is not None else []


def _counted_enterprises(
    accounts: Mapping[AccountId, Account], meters: Mapping[MeterId, Meter]
) -> frozenset[EnterpriseId]:
    """Enterprises with a meter in service that counts their whole load: a main meter, or a tenant's."""
    counting = (meter for meter in meters.values() if meter.in_service and _counts(meter))
    return frozenset(
        accounts[meter.account].enterprise
        for meter in counting
        if meter.account is not None and meter.account in accounts
    )


def _memberships(
    enterprises: Mapping[EnterpriseId, Enterprise],
    accounts: Mapping[AccountId, Account],
    meters: Mapping[MeterId, Meter],
) -> dict[Scope, tuple[tuple[MeterId, int], ...]]:
    signs: dict[Scope, dict[MeterId, int]] = defaultdict(lambda: defaultdict(int))
    counted = _counted_enterprises(accounts, meters)
    for meter in meters.values():
        if not meter.in_service:
            continue
        if meter.role is MeterRole.BOUNDARY:
            signs[Scope(ScopeKind.DISTRICT)][meter.id] += 1
            continue
        account = accounts.get(meter.account) if meter.account is not None else None
        enterprise = enterprises.get(account.enterprise) if account is not None else None
        if account is None or enterprise is None:
            continue
        if _counts(meter):
            for scope in _scopes_of(enterprise, account):
                signs[scope][meter.id] += 1
        # A landlord whose main meter is gone counts nothing that could be taken off again.
        if meter.landlord is not None and meter.landlord in counted:
            for scope in _landlord_scopes(enterprises, accounts.values(), meter.landlord):
                signs[scope][meter.id] -= 1
    return {scope: tuple((m, s) for m, s in sorted(members.items()) if s) for scope, members in signs.items()}


@dataclass(frozen=True, eq=False)
class Registry:
    """All versions of all entities, and ``revision``, which grows with every change."""

    revision: int = 0
    enterprises: tuple[Enterprise, ...] = ()
    accounts: tuple[Account, ...] = ()
    meters: tuple[Meter, ...] = ()

    @lru_cache(maxsize=400)  # noqa: B019 - a registry is long-lived and replaced as a whole
    def view(self, day: date) -> RegistryView:
        enterprises = {EnterpriseId(k): v for k, v in _in_force(self.enterprises, day).items() if not v.closed}
        gone = {e.id for e in _in_force(self.enterprises, day).values() if e.closed}
        known = _in_force(self.accounts, day)
        closed = {a.id for a in known.values() if a.closed or a.enterprise in gone}
        accounts = {AccountId(k): v for k, v in known.items() if k not in closed}
        meters = {
            MeterId(k): replace(v, in_service=False) if v.account in closed else v
            for k, v in _in_force(self.meters, day).items()
        }
        return RegistryView(day, enterprises, accounts, meters, _memberships(enterprises, accounts, meters))


C = TypeVar("C", Enterprise, Account)


def closed_from(versions: Iterable[C], ident: str, day: date, *, closed: bool) -> list[C]:
    """The versions to put so that it is closed, or open again, from ``day`` on. Raises NotFound before its first day.

    Versions already entered for later days follow, or it would come back by itself
    """
    own = sorted((v for v in versions if v.id == ident), key=lambda v: v.valid_from)
    past = [v for v in own if v.valid_from <= day]
    if not past:
        raise NotFound(f"{ident[:80]} {_unknown(ident[:80], day)}")
    found: list[C] = [replace(past[-1], valid_from=day, closed=closed)]
    found += [replace(version, closed=closed) for version in own[len(past) :]]
    return found
