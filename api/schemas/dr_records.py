"""Programmes, contracts, files and the year's subsidy on the wire; money is estimated (测算)."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from pydantic import Field

from api.schemas.base import Wire
from config.programmes import Programme
from domain.dr import Contract
from response.dr.records import Taken
from response.dr.subsidy import YearGrants
from storage.sheet_cells import CellError


class ProgrammeOut(Wire):
    id: str
    name_zh: str
    name_en: str
    direction: str
    lead: str
    commitment: str
    editions: list[dict[str, object]] = Field(description="dated terms, each with its source")

    @classmethod
    def of(cls, programme: Programme) -> Self:
        own = ("id", "name_zh", "name_en", "direction", "lead", "commitment")
        editions = [edition.model_dump(mode="json") for edition in programme.edition]
        return cls(editions=editions, **{name: getattr(programme, name) for name in own})


class ProgrammeList(Wire):
    items: list[ProgrammeOut]


class ContractOut(Wire):
    account: str
    programme: str
    valid_from: date
    valid_to: date | None
    contracted_kw: float
    aggregator: str
    number: str

    @classmethod
    def of(cls, contract: Contract) -> Self:
        return cls(**{name: getattr(contract, name) for name in cls.model_fields})


class ContractList(Wire):
    items: list[ContractOut]


class CellErrorOut(Wire):
    sheet: str
    cell: str
    value: str
    message_zh: str
    message_en: str

    @classmethod
    def of(cls, error: CellError) -> Self:
        return cls(**{name: getattr(error, name) for name in cls.model_fields})


class DrImportOut(Wire):
    """`written` is false when a cell is wrong, and after a dry run."""

    rows: int
    written: bool
    errors: list[CellErrorOut]

    @classmethod
    def of(cls, taken: Taken[Any]) -> Self:
        read = taken.read
        return cls(rows=len(read.rows), written=taken.written, errors=[CellErrorOut.of(each) for each in read.errors])


class GrantOut(Wire):
    event: str
    enterprise: str
    name: str
    verified_kwh: float
    asked_yuan: float
    paid_yuan: float


class GrantList(Wire):
    year: int
    share: float = Field(description="of what was asked; 1 while the yearly cap holds")
    cap_yuan: float
    items: list[GrantOut]
    missing: list[str] = Field(description="mirrored events without official energy yet")

    @classmethod
    def of(cls, found: YearGrants) -> Self:
        return cls(
            year=found.year,
            share=found.share,
            cap_yuan=found.cap_yuan,
            items=[GrantOut(**{name: getattr(each, name) for name in GrantOut.model_fields}) for each in found.lines],
            missing=list(found.missing),
        )
