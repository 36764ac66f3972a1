"""Billed months and their comparison on the wire."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from analytics.billing import Finding
from api.schemas.base import Wire, number
from api.schemas.registry import CellOut
from monitor.billing import BilledComparison
from response.billing_sheet import told
from storage.billing_files import BillingImport


class CauseOut(Wire):
    cause: str = Field(examples=["multiplier_never"])
    what: str = Field(description="multiplier, meters or days", examples=["20"])
    text_zh: str
    text_en: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(cause=finding.cause, what=finding.what, text_zh=told(finding, 0), text_en=told(finding, 1))


class ComparedOut(Wire):
    """Deviations are metered less billed, as shares of the billed figure; null where one of them is not known."""

    account: str
    enterprise: str
    name: str
    first: date
    last: date
    billed_kwh: float | None
    metered_kwh: float | None
    energy_deviation: float | None
    basis: str = Field(description="register | intervals | none")
    coverage: float
    billed_kw: float | None
    metered_kw: float | None = Field(description="highest complete block of 15 minutes")
    demand_deviation: float | None
    verdict: str = Field(description="agrees | deviates | insufficient")
    causes: list[CauseOut] = Field(description="the likeliest first")
    meters: list[str]
    source: str
    revision: int

    @classmethod
    def of(cls, found: BilledComparison) -> Self:
        billed = found.billed
        return cls(
            account=billed.account,
            enterprise=found.enterprise,
            name=found.name,
            first=billed.first,
            last=billed.last,
            billed_kwh=number(billed.energy_kwh),
            metered_kwh=number(found.metered_kwh),
            energy_deviation=number(found.energy_deviation),
            basis=found.basis,
            coverage=found.coverage,
            billed_kw=number(billed.maximum_kw),
            metered_kw=number(found.metered_kw),
            demand_deviation=number(found.demand_deviation),
            verdict=found.verdict,
            causes=[CauseOut.of(finding) for finding in found.causes],
            meters=list(found.meters),
            source=billed.source,
            revision=billed.revision,
        )


class ComparedList(Wire):
    month: date = Field(description="first day of the month", examples=["2026-07-01"])
    items: list[ComparedOut]


class BilledOut(Wire):
    account: str
    month: date
    first: date
    last: date
    energy_kwh: float | None
    maximum_kw: float | None


class BillingImportOut(Wire):
    """What an import did, or with `dry_run` would do. With errors nothing is written."""

    written: bool
    months: list[BilledOut]
    errors: list[CellOut]

    @classmethod
    def of(cls, found: BillingImport, *, dry_run: bool) -> Self:
        months = [
            BilledOut(
                account=m.account,
                month=m.month,
                first=m.first,
                last=m.last,
                energy_kwh=number(m.energy_kwh),
                maximum_kw=number(m.maximum_kw),
            )
            for m in found.months
        ]
        written = bool(found.months) and not found.errors and not dry_run
        return cls(written=written, months=months, errors=[CellOut.of(error) for error in found.errors])
