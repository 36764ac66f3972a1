"""Who lives in the twin's district: enterprises, accounts and meters, and which parts each meter measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.registry import ALWAYS, Account, Contact, Enterprise, Meter, MeterRole, Stamp
from ingest.twin.load import Parts
from ingest.twin.names import SUBSTATIONS, contact_phone, credit_code, enterprise_name
from ingest.twin.sectors import KINDS, REMAINDER, REMAINDER_SHARE, Kind, counts

#: Losses of lines and transformers between the enterprises' meters and the boundary.
LOSS_SHARE = 0.018
#: The monitored enterprises' usual simultaneous share of their levels, to size the remainder.
_SIMULTANEOUS = 0.8
#: Sizes transformers are built in [kVA].
TRANSFORMERS_KVA = (100, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500)


@dataclass(frozen=True, slots=True, eq=False)
class TwinMeter:
    """A meter and what it measures. ``weights`` maps rows of Parts to their share of its power; import is positive.

    enterprise : whose topic it speaks on, None for boundary meters; power_factor : None where it does not measure it
    stamp_style : how it writes ``ts``: iso, s or ms
    """

    meter: Meter
    enterprise: EnterpriseId | None
    weights: Mapping[int, float]
    power_factor: float | None
    stamp_style: str
    register_start_kwh: float


@dataclass
class Census:
    """Filled once by ``take_census``."""

    enterprises: list[Enterprise] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    meters: list[TwinMeter] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    parts: Parts | None = None


@dataclass
class _Rows:
    """Row numbers of Parts as they are handed out: consumers first, then roofs, yards, batteries."""

    kind: list[int] = field(default_factory=list)
    level: list[float] = field(default_factory=list)
    offset: list[int] = field(default_factory=list)
    extra: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: {"roof": [], "ev": [], "battery": []})


def take_census(seed: int, n: int) -> Census:
    """``n`` enterprises, each with its accounts and meters, and the boundary meters around them."""
    rng = np.random.default_rng([seed, 7])
    census, rows = Census(), _Rows()
    order = rng.permutation([i for i, count in enumerate(counts(n)) for _ in range(count)])
    for number, kind_index in enumerate(order, start=1):
        _settle(census, rows, rng, number, int(kind_index))
    _place_tenants(census, n)
    consumers = len(rows.kind) + len(REMAINDER) * len(SUBSTATIONS)
    _add_extras(census, rows, consumers)
    _add_boundary(census, rows, rng)
    census.parts = Parts(
        kind=np.array(rows.kind, dtype=np.int64),
        level_kw=np.array(rows.level),
        offset_min=np.array(rows.offset, dtype=np.int64),
        roof_kw=np.array([kw for _, kw in rows.extra["roof"]]),
        ev_kw=np.array([kw for _, kw in rows.extra["ev"]]),
        battery_kw=np.array([kw for _, kw in rows.extra["battery"]]),
    )
    return census


def _settle(census: Census, rows: _Rows, rng: np.random.Generator, number: int, kind_index: int) -> None:
    """One enterprise with its accounts and main meters."""
    kind = KINDS[kind_index]
    low, high = kind.level_kw
    level = float(np.round(low * (high / low) ** rng.uniform(), 1))
    substation, street, feeders = SUBSTATIONS[int(rng.integers(len(SUBSTATIONS)))]
    sector, trade = kind.sectors[int(rng.integers(len(kind.sectors)))]
    rows.kind.append(kind_index)
    rows.level.append(level)
    rows.offset.append(int(rng.integers(-25, 26)))
    enterprise = EnterpriseId(f"E{number:03d}")
    census.kinds.append(kind)
    census.enterprises.append(
        Enterprise(
            enterprise,
            ALWAYS,
            enterprise_name(number, sector, trade, street),
            credit_code=credit_code(number),
            street=street,
            sector=sector,
            shifts=kind.shifts,
            rest_day=kind.rest_day,
            protected_class=kind.protected,
            restricted_class=kind.restricted,
            two_high=bool(kind.restricted),
            dr_contract=kind.curtailable_share >= 0.3 and bool(rng.uniform() < 0.6),
            remote_controllable=bool(rng.uniform() < 0.3),
            contacts=(Contact(f"值班{number:03d}", contact_phone(number)),),
        )
    )
    shares = (0.62, 0.38) if level > 1500 and rng.uniform() < 0.2 else (1.0,)
    for place, share in enumerate(shares):
        account = AccountId(f"33029900{number:04d}{place + 1}")
        feeder = feeders[int(rng.integers(len(feeders)))]
        census.accounts.append(Account(account, ALWAYS, enterprise, substation, feeder, 10.0 if level > 150 else 0.4))
        meter = _main_meter(rng, f"M{number:03d}{'B' if place else ''}", account, number)
        census.meters.append(_twin_meter(rng, meter, enterprise, {number - 1: share}, kind.power_factor))


def _main_meter(rng: np.random.Generator, ident: str, account: AccountId, number: int) -> Meter:
    interval = int(rng.choice([60, 300, 900], p=[0.86, 0.09, 0.05]))
    secondary = rng.uniform() < 0.15
    return Meter(
        MeterId(ident),
        ALWAYS,
        account,
        interval_s=interval,
        stamp=Stamp.END if rng.uniform() < 0.1 else Stamp.START,
        multiplier=float(rng.choice([1000, 2000, 3000])) if secondary else 1.0,
        primary_values=not secondary,
        register_modulus_kwh=1_000_000.0 if secondary else 100_000_000.0,
        gateway=GatewayId(f"GW{number % 6 + 1:02d}") if rng.uniform() < 0.2 else None,
    )


def _twin_meter(
    rng: np.random.Generator,
    meter: Meter,
    enterprise: EnterpriseId | None,
    weights: Mapping[int, float],
    power_factor: float | None,
) -> TwinMeter:
    measured = None if power_factor is None else power_factor + float(rng.uniform(-0.02, 0.02))
    style = str(rng.choice(["iso", "s", "ms"], p=[0.5, 0.2, 0.3]))
    start = float(np.round(rng.uniform(0.05, 0.8) * meter.register_modulus_kwh * meter.multiplier / 10, 2))
    return TwinMeter(meter, enterprise, weights, measured, style, start)


def _place_tenants(census: Census, n: int) -> None:
    """A mall or office lets rooms: the tenant's meter is a sub-meter that its landlord's main meter also counts."""
    hosts = [i for i, kind in enumerate(census.kinds) if kind.name in ("mall", "office")]
    guests = [i for i, kind in enumerate(census.kinds) if kind.name == "bank"]
    for host, guest in zip(hosts, guests[: max(1, n // 50)], strict=False):
        landlord = census.enterprises[host]
        for place, known in enumerate(census.meters):
            if known.enterprise == census.enterprises[guest].id:
                meter = replace(known.meter, role=MeterRole.SUB, landlord=landlord.id)
                census.meters[place] = replace(known, meter=meter)
            elif known.enterprise == landlord.id and known.meter.role is MeterRole.MAIN and host in known.weights:
                share = known.weights[host]
                census.meters[place] = replace(known, weights={**known.weights, guest: share})
        account = next(a for a in census.accounts if a.enterprise == landlord.id)
        census.accounts = [
            replace(a, substation=account.substation, feeder=account.feeder)
            if a.enterprise == census.enterprises[guest].id
            else a
            for a in census.accounts
        ]
        census.enterprises[guest] = replace(census.enterprises[guest], street=landlord.street)


def _add_extras(census: Census, rows: _Rows, consumers: int) -> None:
    """Roofs, charging yards, batteries and sub-meters: every eighth, and so on, so that each district has some."""
    wanted: list[tuple[int, str]] = []
    plants = [i for i, k in enumerate(census.kinds) if k.name in ("one_shift", "two_shift", "three_shift", "foundry")]
    wanted += [(i, "roof") for i in plants[::4]]
    wanted += [(i, "ev") for i, k in enumerate(census.kinds) if k.name in ("mall", "office")][::5]
    wanted += [(i, "battery") for i in plants[1::18]]
    for part in ("roof", "ev", "battery"):
        for index, name in wanted:
            if name == part:
                share = {"roof": 0.45, "ev": 0.2, "battery": 0.25}[part]
                rows.extra[part].append((index, round(rows.level[index] * share, 0)))
    first = consumers
    for part, suffix, role, sign in (
        ("roof", "G", MeterRole.GENERATION, -1.0),
        ("ev", "V", MeterRole.EV, 1.0),
        ("battery", "T", MeterRole.STORAGE, 1.0),
    ):
        for place, (index, _) in enumerate(rows.extra[part]):
            _join(census, index, first + place, suffix, role, sign)
        first += len(rows.extra[part])
    for index in plants[2::12]:
        _join(census, index, index, "S", MeterRole.SUB, 0.0)


def _join(census: Census, index: int, row: int, suffix: str, role: MeterRole, sign: float) -> None:
    """A further meter behind the enterprise's first main meter, which sees the part with ``sign``."""
    place = next(
        i for i, m in enumerate(census.meters) if index in m.weights and m.enterprise == census.enterprises[index].id
    )
    main = census.meters[place]
    if sign:
        census.meters[place] = replace(main, weights={**main.weights, row: sign})
    share = 1.0 if sign else 0.4 * main.weights[index]
    meter = Meter(
        MeterId(f"M{index + 1:03d}{suffix}"),
        ALWAYS,
        main.meter.account,
        role=role,
        interval_s=main.meter.interval_s,
        register_modulus_kwh=100_000_000.0,
    )
    census.meters.append(TwinMeter(meter, main.enterprise, {row: share}, None, "ms", 1000.0 * (index + 1)))


def _add_boundary(census: Census, rows: _Rows, rng: np.random.Generator) -> None:
    """One boundary meter per substation: its enterprises, the unmonitored remainder, and losses."""
    monitored = sum(rows.level) * _SIMULTANEOUS
    account_of = {a.id: a for a in census.accounts}
    mains = [m for m in census.meters if m.meter.role is MeterRole.MAIN]
    for place, (substation, _, _) in enumerate(SUBSTATIONS):
        weights: dict[int, float] = {}
        for main in mains:
            if main.meter.account is not None and account_of[main.meter.account].substation == substation:
                for row, weight in main.weights.items():
                    weights[row] = weights.get(row, 0.0) + weight * (1 + LOSS_SHARE)
        for offset, share in enumerate(REMAINDER_SHARE):
            weights[len(rows.kind)] = 1 + LOSS_SHARE
            rows.kind.append(len(KINDS) + offset)
            rows.level.append(monitored * share / len(SUBSTATIONS) * (0.8, 1.2, 1.1, 0.9)[place % 4])
            rows.offset.append(0)
        meter = Meter(
            MeterId(f"B{place + 1:02d}"),
            ALWAYS,
            None,
            role=MeterRole.BOUNDARY,
            register_modulus_kwh=1_000_000_000.0,
            gateway=GatewayId(f"GWB{place + 1}"),
        )
        census.meters.append(_twin_meter(rng, meter, None, weights, 0.96))
