"""Demand response as the rooms above see it: one part for each stage."""

from __future__ import annotations

from dataclasses import dataclass

from response.dr.archive import Archive
from response.dr.book import EventBook
from response.dr.desk import EventDesk
from response.dr.drill import DrillRun
from response.dr.pace import PaceDesk
from response.dr.records import RecordDesk
from response.dr.review import ReviewDesk
from response.dr.settlements import SettlementDesk
from response.dr.turns import EventTurns


@dataclass(frozen=True, slots=True)
class DemandResponse:
    """book : events as people may see them; desk : until they run; pace : while they run; settlements : afterwards

    records : contracts and the province's figures, from files
    archive : papers, evidence and the year's subsidy; review : a day looked back on
    drill : one that runs by itself; turns : what the clock does, ticked by the process that runs the engine
    """

    book: EventBook
    desk: EventDesk
    pace: PaceDesk
    settlements: SettlementDesk
    archive: Archive
    records: RecordDesk
    review: ReviewDesk
    drill: DrillRun
    turns: EventTurns
