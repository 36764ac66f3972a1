"""Enterprises, accounts and meters on the wire."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from api.schemas.base import Body, Line, Wire
from domain.registry import Account, Contact, Enterprise, Meter
from storage.registry_files import ImportOutcome
from storage.sheet_files import CellError


class ContactOut(Wire):
    name: str
    phone: str = Field(description="masked unless an officer asked to reveal it", examples=["138****5678"])

    @classmethod
    def of(cls, contact: Contact, *, reveal: bool) -> Self:
        return cls(name=contact.name, phone=contact.phone if reveal else contact.masked_phone)


class EnterpriseOut(Wire):
    """An enterprise as in force on the day asked for."""

    id: str = Field(examples=["E001"])
    name: str = Field(examples=["示例电子有限公司"])
    valid_from: date
    credit_code: str
    street: str
    sector: str
    shifts: str
    rest_day: str
    security_load_kw: float | None
    curtailable_kw: float | None
    lighting_kw: float | None
    storage_kw: float | None
    storage_kwh: float | None
    summer_max_kw: float | None
    protected_class: str
    restricted_class: str
    two_high: bool
    dr_contract: bool

    @classmethod
    def of(cls, enterprise: Enterprise) -> Self:
        return cls.model_validate(enterprise, from_attributes=True)


class AccountOut(Wire):
    id: str = Field(examples=["3302000012345"])
    enterprise: str
    valid_from: date
    substation: str
    feeder: str
    voltage_kv: float | None
    contract_capacity_kva: float | None
    running_capacity_kva: float | None
    approved_demand_kw: float | None

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls.model_validate(account, from_attributes=True)


class MeterOut(Wire):
    id: str = Field(examples=["M001"])
    enterprise: str | None
    account: str | None
    valid_from: date
    role: str = Field(examples=["main"])
    data_class: str = Field(examples=["real_time"])
    interval_s: int
    stamp: str
    multiplier: float
    primary_values: bool
    gateway: str | None
    landlord: str | None
    in_service: bool

    @classmethod
    def of(cls, meter: Meter, enterprise: str | None) -> Self:
        return cls(
            id=meter.id,
            enterprise=enterprise,
            account=meter.account,
            valid_from=meter.valid_from,
            role=meter.role,
            data_class=meter.data_class,
            interval_s=meter.interval_s,
            stamp=meter.stamp,
            multiplier=meter.multiplier,
            primary_values=meter.primary_values,
            gateway=meter.gateway,
            landlord=meter.landlord,
            in_service=meter.in_service,
        )


class EnterpriseDetail(EnterpriseOut):
    """With every column of the orderly-use plan, its accounts, meters and contacts."""

    main_production_kw: float | None
    auxiliary_kw: float | None
    non_production_kw: float | None
    shiftable_kw: float | None
    avoidable_kw: float | None
    summer_max_day_mean_kw: float | None
    winter_max_kw: float | None
    winter_max_day_mean_kw: float | None
    plan_level: str
    level_reduction_kw: float | None
    measure: str
    measure_hours: str
    limit_exceeded: bool
    dr_contract_kw: float | None
    remote_controllable: bool
    responsibility_letter: str
    contacts: list[ContactOut]
    accounts: list[AccountOut]
    meters: list[MeterOut]

    @classmethod
    def build(cls, enterprise: Enterprise, accounts: list[AccountOut], meters: list[MeterOut], *, reveal: bool) -> Self:
        columns = {
            name: getattr(enterprise, name)
            for name in cls.model_fields
            if name not in ("contacts", "accounts", "meters")
        }
        contacts = [ContactOut.of(contact, reveal=reveal) for contact in enterprise.contacts]
        return cls(**columns, contacts=contacts, accounts=accounts, meters=meters)


class ServiceBody(Body):
    """Takes a meter out of service, or puts it back, from a day on."""

    in_service: bool = Field(examples=[False])
    from_day: date = Field(examples=["2026-07-28"])
    reason: Line = Field(examples=["换表 / meter replaced"])


class ClosingBody(Body):
    """Closes an enterprise (it left the district) or an account (销户) from a day on, or opens it again."""

    closed: bool = Field(examples=[True])
    from_day: date = Field(examples=["2026-07-28"])
    reason: Line = Field(examples=["迁出园区 / left the district"])


class ClosingOut(Wire):
    """From `from_day` on it is not in the registry: not expected, in no sum or list. Earlier days stay as they were."""

    id: str = Field(examples=["E001"])
    closed: bool
    from_day: date
    revision: int = Field(description="of the registry afterwards")


class CellOut(Wire):
    """A mistake, or a doubt, in an imported file, by cell."""

    sheet: str = Field(examples=["企业"])
    cell: str = Field(examples=["C7"])
    value: str = Field(examples=["12a"])
    message_zh: str = Field(examples=["不是数字"])
    message_en: str = Field(examples=["not a number"])

    @classmethod
    def of(cls, error: CellError) -> Self:
        return cls.model_validate(error, from_attributes=True)


class ImportOut(Wire):
    """What an import did, or with `dry_run` would do. With errors nothing is written."""

    written: bool
    rows: dict[str, int] = Field(description="rows read, by kind", examples=[{"enterprise": 100, "meter": 120}])
    errors: list[CellOut] = Field(description="every mistake, not only the first")
    warnings: list[CellOut] = Field(description="worth a look; they stop nothing")
    revision: int | None = Field(default=None, description="of the registry afterwards; null: nothing was written")

    @classmethod
    def of(cls, outcome: ImportOutcome) -> Self:
        return cls(
            written=outcome.registry is not None,
            rows=dict(outcome.read.rows),
            errors=[CellOut.of(error) for error in outcome.read.errors],
            warnings=[CellOut.of(doubt) for doubt in outcome.read.warnings],
            revision=outcome.registry.revision if outcome.registry is not None else None,
        )
