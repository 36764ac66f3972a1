"""What may not enter the registry: every mistake of a change, found before anything is written."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.credit_code import credit_code_mistake
from domain.errors import Invalid
from domain.ids import parse_account_id, parse_enterprise_id, parse_gateway_id, parse_meter_id
from domain.registry import Account, Enterprise, Meter, MeterRole, Registry

LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with one version. ``field`` is the attribute's name in ``domain.registry``."""

    kind: str  # "enterprise" | "account" | "meter"
    id: str
    valid_from: date
    field: str
    text_zh: str
    text_en: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.valid_from.isoformat()}) {self.field}: {self.text_zh} / {self.text_en}"


@dataclass(frozen=True, slots=True)
class RegistryChange:
    """Versions to add, or to put in place of those with the same id and day."""

    enterprises: Sequence[Enterprise] = ()
    accounts: Sequence[Account] = ()
    meters: Sequence[Meter] = ()

    def find_mistakes(self, present: Registry) -> list[Mistake]:
        """Every mistake of this change against the registry it would join."""
        known = _Known(present, self)
        found = [*_repeated("enterprise", self.enterprises), *_repeated("account", self.accounts)]
        found += _repeated("meter", self.meters)
        for enterprise in self.enterprises:
            found += _of_enterprise(enterprise)
        for account in self.accounts:
            found += _of_account(account, known)
        for meter in self.meters:
            found += _of_meter(meter, known)
        found += _shared_credit_codes(present, self.enterprises)
        return found

    def find_doubts(self) -> list[Mistake]:
        """What is allowed and yet seldom meant."""
        found: list[Mistake] = []
        for enterprise in self.enterprises:
            found += _doubts_of_enterprise(enterprise)
        for account in self.accounts:
            contract, running = account.contract_capacity_kva, account.running_capacity_kva
            if contract is not None and running is not None and running > contract:
                found.append(
                    _mistake(account, "running_capacity_kva", "运行容量大于合同容量", "above the contract capacity")
                )
        return found


Version = Enterprise | Account | Meter


def _first_days(versions: Iterable[Version]) -> dict[str, date]:
    first: dict[str, date] = {}
    for version in versions:
        first[version.id] = min(version.valid_from, first.get(version.id, version.valid_from))
    return first


class _Known:
    """The ids there will be, each with its first day."""

    def __init__(self, present: Registry, change: RegistryChange) -> None:
        self.enterprises = _first_days((*present.enterprises, *change.enterprises))
        self.accounts = _first_days((*present.accounts, *change.accounts))
        self.meters = _first_days((*present.meters, *change.meters))
        self.account_versions: dict[str, list[Account]] = defaultdict(list)
        for account in sorted((*present.accounts, *change.accounts), key=lambda a: a.valid_from):
            self.account_versions[account.id].append(account)

    def enterprise_of(self, account: str, day: date) -> str | None:
        versions = [a for a in self.account_versions[account] if a.valid_from <= day]
        return versions[-1].enterprise if versions else None


def _mistake(version: Version, field: str, text_zh: str, text_en: str) -> Mistake:
    return Mistake(type(version).__name__.lower(), version.id, version.valid_from, field, text_zh, text_en)


def _repeated(kind: str, versions: Sequence[Version]) -> Iterator[Mistake]:
    for (ident, day), count in Counter((v.id, v.valid_from) for v in versions).items():
        if count > 1:
            yield Mistake(
                kind,
                ident,
                day,
                "valid_from",
                f"同一生效日期出现{count}次，只留一行",
                f"given {count} times for one day; keep one",
            )


def _id_mistake(version: Version, field: str, value: str, parse: Callable[[str], str]) -> Iterator[Mistake]:
    try:
        parse(value)
    except Invalid:
        yield _mistake(
            version,
            field,
            f"编号 {value!r} 应为1至64位字母、数字或 _ . -，且以字母或数字开头",
            f"{value!r} is not an id: 1 to 64 of A-Z a-z 0-9 _ . -, starting with a letter or digit",
        )


def _texts(version: Version, fields: Iterable[str]) -> Iterator[Mistake]:
    for field in fields:
        value: str = getattr(version, field)
        if len(value) > LONGEST_TEXT:
            yield _mistake(version, field, f"文字超过{LONGEST_TEXT}字", f"text longer than {LONGEST_TEXT} characters")
        if any(not char.isprintable() and char != "\n" for char in value):
            yield _mistake(
                version, field, "含不可见的控制字符，请重新输入", "holds invisible control characters; type it again"
            )


def _figures(version: Version, fields: Iterable[str], *, zero: bool) -> Iterator[Mistake]:
    for field in fields:
        value: float | None = getattr(version, field)
        if value is None:
            continue
        if not math.isfinite(value) or value < 0 or value > 1e9 or (value == 0 and not zero):
            least = "不小于0" if zero else "大于0"
            yield _mistake(
                version,
                field,
                f"{value:g} 不是合理的数值（应{least}且不超过10亿）",
                f"{value:g} is not plausible (must be {'0 or more' if zero else 'above 0'}, at most 1e9)",
            )


def _refers(version: Version, field: str, ident: str, known: dict[str, date]) -> Iterator[Mistake]:
    first = known.get(ident)
    if first is None:
        # The usual reason in a table: Excel took a number for a number and dropped its zeros.
        like = next((k for k in known if k != ident and k.lstrip("0") == ident.lstrip("0")), None)
        hint_zh, hint_en = (f"；是否为 {like}（前导零丢失）", f"; is it {like}, with zeros lost?") if like else ("", "")
        yield _mistake(version, field, f"{ident} 不在台账中{hint_zh}", f"{ident} is not in the registry{hint_en}")
    elif first > version.valid_from:
        yield _mistake(
            version,
            field,
            f"{ident} 自 {first.isoformat()} 起才在台账中，晚于本行生效日期",
            f"{ident} is in the registry only from {first.isoformat()}, later than this version",
        )


_ENTERPRISE_TEXTS = (
    *("name", "street", "sector", "shifts", "rest_day"),
    *("plan_level", "measure", "measure_hours", "responsibility_letter"),
)
_ENTERPRISE_FIGURES = (
    *("security_load_kw", "main_production_kw", "auxiliary_kw", "non_production_kw"),
    *("shiftable_kw", "avoidable_kw", "curtailable_kw", "level_reduction_kw", "dr_contract_kw"),
    *("lighting_kw", "storage_kw", "storage_kwh"),
    *("summer_max_kw", "summer_max_day_mean_kw", "winter_max_kw", "winter_max_day_mean_kw"),
)


def _of_enterprise(enterprise: Enterprise) -> Iterator[Mistake]:
    yield from _id_mistake(enterprise, "id", enterprise.id, parse_enterprise_id)
    if not enterprise.name.strip():
        yield _mistake(enterprise, "name", "缺少企业名称", "the enterprise has no name")
    if enterprise.credit_code:
        wrong = credit_code_mistake(enterprise.credit_code)
        if wrong is not None:
            yield _mistake(enterprise, "credit_code", *wrong)
    yield from _texts(enterprise, _ENTERPRISE_TEXTS)
    yield from _figures(enterprise, _ENTERPRISE_FIGURES, zero=True)
    for contact in enterprise.contacts:
        if not (contact.name + contact.phone).isprintable() or len(contact.name + contact.phone) > LONGEST_TEXT:
            yield _mistake(
                enterprise, "contacts", "联系人含控制字符或过长", "a contact holds control characters or is too long"
            )


def _doubts_of_enterprise(enterprise: Enterprise) -> Iterator[Mistake]:
    maximum, security = enterprise.summer_max_kw, enterprise.security_load_kw
    if maximum is None or security is None:
        return
    if security > maximum:
        yield _mistake(enterprise, "security_load_kw", "保安负荷大于夏季最大负荷", "above the summer maximum load")
    elif (enterprise.level_reduction_kw or 0.0) > maximum - security:
        yield _mistake(
            enterprise,
            "level_reduction_kw",
            "压降后低于保安负荷（应不大于最大负荷减保安负荷）",
            "would cut into the security load (at most summer maximum less security load)",
        )


def _of_account(account: Account, known: _Known) -> Iterator[Mistake]:
    yield from _id_mistake(account, "id", account.id, parse_account_id)
    yield from _refers(account, "enterprise", account.enterprise, known.enterprises)
    yield from _texts(account, ("substation", "feeder"))
    yield from _figures(account, ("voltage_kv",), zero=False)
    # 暂停 may take the running capacity and the approved demand to nothing.
    yield from _figures(account, ("contract_capacity_kva", "running_capacity_kva", "approved_demand_kw"), zero=True)


def _of_meter(meter: Meter, known: _Known) -> Iterator[Mistake]:
    yield from _id_mistake(meter, "id", meter.id, parse_meter_id)
    if meter.gateway is not None:
        yield from _id_mistake(meter, "gateway", meter.gateway, parse_gateway_id)
    yield from _figures(meter, ("multiplier", "register_modulus_kwh"), zero=False)
    if meter.role is MeterRole.BOUNDARY:
        if meter.account is not None or meter.landlord is not None:
            yield _mistake(
                meter,
                "account",
                "关口表不属于任何户号，请留空",
                "a boundary meter belongs to no account; leave it empty",
            )
        return
    if meter.account is None:
        yield _mistake(
            meter, "account", "缺少户号（只有关口表可不填）", "no account (only a boundary meter may have none)"
        )
    else:
        yield from _refers(meter, "account", meter.account, known.accounts)
    if meter.landlord is not None:
        yield from _of_tenant(meter, meter.landlord, known)


def _of_tenant(meter: Meter, landlord: str, known: _Known) -> Iterator[Mistake]:
    yield from _refers(meter, "landlord", landlord, known.enterprises)
    if meter.role not in (MeterRole.SUB, MeterRole.MAIN):
        yield _mistake(
            meter,
            "landlord",
            "只有总表或分表可填转供房东",
            "only a main or a sub-meter can be subtracted from a landlord",
        )
    if meter.account is not None and known.enterprise_of(meter.account, meter.valid_from) == landlord:
        yield _mistake(
            meter,
            "landlord",
            "房东与用电企业相同，请填房东企业或留空",
            "the landlord is the enterprise itself; name the landlord or none",
        )


def _shared_credit_codes(present: Registry, enterprises: Sequence[Enterprise]) -> Iterator[Mistake]:
    """One legal person is one enterprise; a second row for it would count its load twice in rankings."""
    holders: dict[str, set[str]] = defaultdict(set)
    for enterprise in (*present.enterprises, *enterprises):
        if enterprise.credit_code:
            holders[enterprise.credit_code].add(enterprise.id)
    for enterprise in enterprises:
        others = sorted(holders.get(enterprise.credit_code, set()) - {enterprise.id})
        if others:
            yield _mistake(
                enterprise,
                "credit_code",
                f"与企业 {others[0]} 的信用代码相同，请合并为一个企业、多个户号",
                f"the same credit code as enterprise {others[0]}; make it one enterprise with several accounts",
            )
