"""Energy intensity as JSON; both bases stand under their own names and are never added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Self

from pydantic import Field

from api.schemas.base import FigureOut, Wire
from api.schemas.registry import CellOut
from domain.energy import Basis
from domain.series import Figure
from response.intensity.desk import IntensityAnswer
from response.intensity.figures import GroupFigures
from response.intensity.products import ProductJudged, ProductsAnswer
from response.intensity.scope_changes import ScopeChange, ScopeChangeKind
from storage.scope_files import ScopeImport
from storage.sheet_cells import CellError


class BothBases(Wire):
    equivalent: FigureOut = Field(description="等价值")
    calorific: FigureOut = Field(description="当量值")

    @classmethod
    def of(cls, figures: Mapping[Basis, Figure]) -> Self:
        return cls(equivalent=FigureOut.of(figures[Basis.EQUIVALENT]), calorific=FigureOut.of(figures[Basis.CALORIFIC]))


class GroupOut(Wire):
    """A group over the period. A figure without a value says why; missing is not zero."""

    subject: str = Field(examples=["district", "C39", "E001"])
    members: int
    members_known: int = Field(description="Enterprises with a statement for every month")
    standing: str = Field(description="measured, reported or estimated: the weakest it stands on")
    energy_tce: BothBases = Field(description="综合能耗")
    assessed_tce: BothBases = Field(description="考核口径: less what the rule of the year takes off")
    reconciliation_tce: FigureOut = Field(description="等价值 less 当量值")
    electricity_kwh: FigureOut
    value_added_10k_cny: FigureOut
    intensity_tce_per_10k_cny: BothBases = Field(description="万元增加值能耗")
    assessed_intensity_tce_per_10k_cny: BothBases = Field(description="考核口径")
    electricity_intensity_kwh_per_10k_cny: FigureOut = Field(description="万元增加值电耗")
    energy_growth: BothBases
    real_growth: FigureOut
    change: BothBases = Field(description="强度同比 (1 + gE) / (1 + gV) - 1; below 0 = a decline")
    assessed_change: BothBases = Field(description="强度同比, of the assessed amount")
    saved_tce: BothBases = Field(description="节能量 (e0 - e1) V1; above 0 = saved")
    elasticity: BothBases = Field(description="能源消费弹性系数 gE / gV")

    @classmethod
    def of(cls, group: GroupFigures) -> Self:
        return cls(
            subject=group.subject,
            members=group.members,
            members_known=group.members_known,
            standing=group.standing,
            energy_tce=BothBases.of(group.energy_tce),
            assessed_tce=BothBases.of(group.assessed_tce),
            reconciliation_tce=FigureOut.of(group.reconciliation_tce),
            electricity_kwh=FigureOut.of(group.electricity_kwh),
            value_added_10k_cny=FigureOut.of(group.value_added_10k_cny),
            intensity_tce_per_10k_cny=BothBases.of(group.intensity),
            assessed_intensity_tce_per_10k_cny=BothBases.of(group.assessed_intensity),
            electricity_intensity_kwh_per_10k_cny=FigureOut.of(group.electricity_intensity_kwh),
            energy_growth=BothBases.of(group.energy_growth),
            real_growth=FigureOut.of(group.real_growth),
            change=BothBases.of(group.change),
            assessed_change=BothBases.of(group.assessed_change),
            saved_tce=BothBases.of(group.saved_tce),
            elasticity=BothBases.of(group.elasticity),
        )


class ScopeChangeOut(Wire):
    """Someone came, went or moved since the same months a year before."""

    kind: ScopeChangeKind
    enterprise: str
    since: date | None = Field(description="null = by the list above scale of the year, or by statements")
    before: str = Field(description="sector of one that moved")
    after: str
    told: str = Field(description="what that does to the figures")

    @classmethod
    def of(cls, change: ScopeChange) -> Self:
        return cls(
            kind=change.kind,
            enterprise=change.enterprise,
            since=change.since,
            before=change.before,
            after=change.after,
            told=change.kind.told,
        )


class IntensityOut(Wire):
    first: date = Field(description="First month, named by its first day")
    last: date
    scope_year: int | None = Field(description="Whose 规上 list was used in both periods")
    region: str
    groups: list[GroupOut]
    changes: list[ScopeChangeOut] = Field(description="Why a figure differs from an older paper: changes of scope")
    metered: str = Field(description="Electricity from meters: revision, gaps, when it was read; empty = all is stated")

    @classmethod
    def of(cls, answer: IntensityAnswer) -> Self:
        return cls(
            first=answer.first,
            last=answer.last,
            scope_year=answer.scope_year,
            region=answer.region,
            groups=[GroupOut.of(group) for group in answer.groups],
            changes=[ScopeChangeOut.of(change) for change in answer.changes],
            metered=answer.metered,
        )


class IntensityImportOut(Wire):
    """What an import did, or with `dry_run` would do. With errors nothing is written."""

    rows: int = Field(description="entries of single months that were read")
    changed: int = Field(description="of them new or corrected, and written")
    errors: list[CellOut] = Field(description="every mistake, by cell")
    flags: list[CellOut] = Field(description="cells that were taken and deserve a look")

    @classmethod
    def of(cls, rows: int, changed: int, errors: Sequence[CellError], flags: Sequence[CellError]) -> Self:
        return cls(
            rows=rows,
            changed=changed,
            errors=[CellOut.of(each) for each in errors],
            flags=[CellOut.of(each) for each in flags],
        )


class ProductsOut(Wire):
    """Energy per unit of products against their levels; with errors nothing is judged."""

    products: list[ProductJudged]
    errors: list[CellOut] = Field(description="every mistake, by cell")
    flags: list[CellOut] = Field(description="headings that were not known")

    @classmethod
    def of(cls, answer: ProductsAnswer) -> Self:
        return cls(
            products=list(answer.products),
            errors=[CellOut.of(each) for each in answer.errors],
            flags=[CellOut.of(each) for each in answer.flags],
        )


class ScopeImportOut(Wire):
    year: int
    members: int = Field(description="named in the file as above scale")
    listed: int = Field(description="how many the list then holds")
    joined: list[str] = Field(description="against the list as it was kept")
    left: list[str]
    errors: list[CellOut]
    flags: list[CellOut] = Field(description="headings that were not known")

    @classmethod
    def of(cls, found: ScopeImport) -> Self:
        return cls(
            year=found.year,
            members=sum(found.members.values()),
            listed=found.listed,
            joined=list(found.joined),
            left=list(found.left),
            errors=[CellOut.of(each) for each in found.errors],
            flags=[CellOut.of(each) for each in found.flags],
        )
