"""Plans of orderly power use on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Line, Wire, local, local_or_none
from api.schemas.registry import CellOut
from domain.orderly import Plan, PlanRow
from response.orderly.plan_checks import Finding
from response.orderly.plans import PlanChange, PlanRead


class PlanStepOut(Wire):
    level: str = Field(examples=["A"])
    reduction_kw: float = Field(description="besides what the levels below take off")


class PlanRowOut(Wire):
    account: str
    enterprise: str
    name: str
    summer_max_kw: float | None
    security_load_kw: float | None
    shiftable_kw: float | None
    avoidable_kw: float | None
    curtailable_kw: float | None
    dr_contract_kw: float | None
    protected_class: str
    restricted_class: str
    two_high: bool
    remote_controllable: bool
    measure: str
    steps: list[PlanStepOut]

    @classmethod
    def of(cls, row: PlanRow) -> Self:
        own = row.enterprise
        return cls(
            account=row.account.id,
            enterprise=own.id,
            name=own.name,
            summer_max_kw=own.summer_max_kw,
            security_load_kw=own.security_load_kw,
            shiftable_kw=own.shiftable_kw,
            avoidable_kw=own.avoidable_kw,
            curtailable_kw=own.curtailable_kw,
            dr_contract_kw=own.dr_contract_kw if own.dr_contract else None,
            protected_class=own.protected_class,
            restricted_class=own.restricted_class,
            two_high=own.two_high,
            remote_controllable=own.remote_controllable,
            measure=own.measure,
            steps=[PlanStepOut(level=step.level, reduction_kw=step.reduction_kw) for step in row.steps],
        )


class PlanOut(Wire):
    """A version of a plan, without its rows."""

    id: str = Field(examples=["2026-1"])
    year: int
    version: int
    title: str
    state: str = Field(description="draft | approved")
    rows: int
    total_kw: float = Field(description="all levels together")
    by_level_kw: dict[str, float] = Field(description="cumulative, by letter")
    source: str
    actor: str
    at: datetime
    approved_by: str
    approved_at: datetime | None
    document: str

    @classmethod
    def of(cls, plan: Plan, letters: tuple[str, ...], zone: ZoneInfo) -> Self:
        return cls(
            id=plan.id,
            year=plan.year,
            version=plan.version,
            title=plan.title,
            state=plan.state,
            rows=len(plan.rows),
            total_kw=plan.total_kw(letters),
            by_level_kw={letter: plan.total_kw(letters[: n + 1]) for n, letter in enumerate(letters)},
            source=plan.source,
            actor=plan.actor,
            at=local(plan.at, zone),
            approved_by=plan.approved_by,
            approved_at=local_or_none(plan.approved_at, zone),
            document=plan.document,
        )


class PlanList(Wire):
    items: list[PlanOut]


class PlanDetail(PlanOut):
    items: list[PlanRowOut]


class PlanFindingOut(Wire):
    code: str = Field(examples=["below_security_load"])
    weight: str = Field(description="error: to be mended before approval | doubt: shown, may be signed over")
    account: str = Field(description="empty: of the plan as a whole")
    name: str
    text_zh: str
    text_en: str

    @classmethod
    def of(cls, found: Finding) -> Self:
        return cls(
            code=found.code,
            weight=found.weight,
            account=found.account,
            name=found.name,
            text_zh=found.text_zh,
            text_en=found.text_en,
        )


class PlanCheckOut(Wire):
    plan: str
    errors: int
    items: list[PlanFindingOut]

    @classmethod
    def of(cls, plan: str, found: tuple[Finding, ...]) -> Self:
        items = [PlanFindingOut.of(each) for each in found]
        return cls(plan=plan, errors=sum(each.weight == "error" for each in items), items=items)


class PlanImportOut(Wire):
    """What an import did, or would do. With errors nothing is kept."""

    written: bool
    plan: PlanOut | None
    rows: int
    cumulative: bool | None = Field(description="as the workbook declares its levels, or as asked for")
    errors: list[CellOut]
    warnings: list[CellOut]
    findings: list[PlanFindingOut]

    @classmethod
    def of(cls, read: PlanRead, letters: tuple[str, ...], zone: ZoneInfo) -> Self:
        return cls(
            written=read.plan is not None,
            plan=None if read.plan is None else PlanOut.of(read.plan, letters, zone),
            rows=len(read.read.rows),
            cumulative=read.read.cumulative,
            errors=[CellOut.of(each) for each in read.read.errors],
            warnings=[CellOut.of(each) for each in read.read.warnings],
            findings=[PlanFindingOut.of(each) for each in read.findings],
        )


class PlanChangeOut(Wire):
    account: str
    name: str
    field: str = Field(description="empty: the whole row came or went")
    before: str
    after: str

    @classmethod
    def of(cls, change: PlanChange) -> Self:
        return cls(
            account=change.account, name=change.name, field=change.field, before=change.before, after=change.after
        )


class PlanChanges(Wire):
    before: str
    after: str
    items: list[PlanChangeOut]


class ApprovalIn(Body):
    officer: Line = Field(description="who approves, by name", examples=["陈局长"])
    document: Line = Field(description="the paper it stands on", examples=["甬高新经发〔2026〕12号"])
