"""What is entered from files: contracts of accounts, and the province's figures of an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from config.programmes import ProgrammeTable
from domain.clock import Clock
from domain.dr import Contract, DrEvent, Participant
from domain.dr_states import Move
from domain.instants import from_ms, local_date
from domain.people import Principal
from domain.registry import RegistryView
from response.dr.book import EventBook
from response.dr.official import with_official
from storage.dr_files import DrImport, read_contracts, read_official
from storage.dr_ports import DrLedger
from storage.ledger_ports import RegistryLedger
from storage.sheet_files import SheetFile

Row = TypeVar("Row", Contract, Participant)


@dataclass(frozen=True, slots=True)
class Taken(Generic[Row]):
    """written : not where a cell is wrong, nor after a dry run; ``read.errors`` names the cells"""

    read: DrImport[Row]
    written: bool


@dataclass(frozen=True, slots=True)
class RecordDesk:
    book: EventBook
    ledger: DrLedger
    registry: RegistryLedger
    programmes: ProgrammeTable
    clock: Clock
    zone: ZoneInfo

    def contracts(self, principal: Principal, day: date | None = None) -> Sequence[Contract]:
        """In force on a day, today if left out."""
        principal.require_staff()
        return self.ledger.contracts(day or self._today())

    def take_contracts(
        self, principal: Principal, file: SheetFile, programme: str, *, source: str = "", dry_run: bool = False
    ) -> Taken[Contract]:
        """Raises NotFound for a programme the policy does not have, Invalid for a file that is no table."""
        principal.require_write()
        self.programmes.by_id(programme)
        read = read_contracts(file, self.registry.registry().view(self._today()), programme)
        written = not read.errors and not dry_run
        if written:
            self.ledger.put_contracts(principal.name, source.strip() or file.name, read.rows)
        return Taken(read, written)

    def take_official(
        self,
        principal: Principal,
        event_id: str,
        file: SheetFile,
        *,
        version: int | None = None,
        source: str = "",
        dry_run: bool = False,
    ) -> Taken[Participant]:
        """version : that the caller saw; None = the present one. source : document, the file's name if left out"""
        principal.require_write()
        event = self.book.get(principal, event_id)
        read = read_official(file, self._view(event))
        written = not read.errors and not dry_run
        if written:
            seen = event.version if version is None else version
            self.put_official(principal, event_id, seen, read.rows, source.strip() or file.name)
        return Taken(read, written)

    def put_official(
        self, principal: Principal, event_id: str, version: int, rows: Sequence[Participant], source: str
    ) -> DrEvent:
        """What the province published of each account; who takes no part yet is added. source : document or file"""
        event = self.book.at(principal, event_id, version, Move.OFFICIAL)
        after = with_official(event, rows, self._view(event))
        return self.book.save(principal, after, Move.OFFICIAL, source.strip())

    def _view(self, event: DrEvent) -> RegistryView:
        return self.registry.registry().view(local_date(from_ms(event.start_ms), self.zone))

    def _today(self) -> date:
        return local_date(self.clock.now(), self.zone)
