"""Everything about orderly power use under one roof, for API, console and command line."""

from __future__ import annotations

from dataclasses import dataclass

from config.orderly import OrderlyTable
from response.orderly.allocations import AllocationDesk
from response.orderly.attachments import AttachmentDesk
from response.orderly.energy_quotas import EnergyQuotas
from response.orderly.executions import ExecutionDesk
from response.orderly.fairness import FairnessDesk
from response.orderly.gap import GapDesk
from response.orderly.instructions import InstructionDesk
from response.orderly.orders import OrderDesk
from response.orderly.plans import PlanDesk
from response.orderly.rehearsal import RehearsalDesk
from response.orderly.visits import VisitDesk


@dataclass(frozen=True, slots=True)
class OrderlyDesk:
    table: OrderlyTable
    plans: PlanDesk
    instructions: InstructionDesk
    gap: GapDesk
    allocations: AllocationDesk
    orders: OrderDesk
    executions: ExecutionDesk
    fairness: FairnessDesk
    rehearsal: RehearsalDesk
    visits: VisitDesk
    attachments: AttachmentDesk
    energy_quotas: EnergyQuotas
