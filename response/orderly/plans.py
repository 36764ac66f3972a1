"""Plans: read from a workbook or drafted, checked, approved by a named officer, compared, written out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from zoneinfo import ZoneInfo

from config.orderly import LetterEdition, OrderlyTable
from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import local_date
from domain.orderly import Plan, PlanRow, PlanState
from domain.people import Principal
from domain.references import ReferenceKind
from domain.scopes import DISTRICT, MONITORED
from monitor.load_history import LoadHistories
from response.orderly.metered import MeteredBook
from response.orderly.plan_checks import Finding, Known, Weight, check_plan
from response.orderly.plan_draft import draft_rows
from storage.ledger_ports import ReferenceLedger, RegistryLedger
from storage.orderly_ports import OrderlyLedger
from storage.plan_export import export_plan, survey_forms
from storage.plan_files import PlanImport, read_plan
from storage.sheet_files import SheetFile


@dataclass(frozen=True, slots=True)
class PlanRead:
    """plan : None where a cell is wrong or it was only tried"""

    read: PlanImport
    findings: tuple[Finding, ...]
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One difference: field "" = the whole row came or went."""

    account: str
    name: str
    field: str
    before: str
    after: str


class PlanDesk:
    def __init__(
        self,
        ledger: OrderlyLedger,
        registry: RegistryLedger,
        references: ReferenceLedger,
        histories: LoadHistories,
        table: OrderlyTable,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._ledger, self._registry, self._references = ledger, registry, references
        self._metered = MeteredBook(histories, registry, clock)
        self._table, self._clock, self._zone = table, clock, zone

    def levels(self, year: int) -> LetterEdition:
        """Of the summer of that year."""
        return self._table.levels_on(date(year, 7, 1))

    def plans(self, principal: Principal) -> tuple[Plan, ...]:
        """The newest first."""
        principal.require_staff()
        return tuple(sorted(self._ledger.plans.all(), key=lambda p: (p.year, p.version), reverse=True))

    def get(self, principal: Principal, plan_id: str) -> Plan:
        principal.require_staff()
        found = self._ledger.plans.get(plan_id)
        if found is None:
            raise NotFound(f"没有方案 {plan_id} / there is no plan {plan_id}")
        return found

    def in_force(self, principal: Principal, year: int) -> Plan:
        """The newest approved version of the year. Raises NotFound where none is."""
        approved = [p for p in self.plans(principal) if p.year == year and p.state is PlanState.APPROVED]
        if not approved:
            raise NotFound(f"{year}年没有已批准的方案 / there is no approved plan of {year}")
        return approved[0]

    def take(
        self,
        principal: Principal,
        file: SheetFile,
        *,
        year: int,
        title: str = "",
        cumulative: bool | None = None,
        dry_run: bool = False,
    ) -> PlanRead:
        """Read a workbook; kept as a new draft when no cell is wrong. What it says is checked in either case."""
        principal.require_write()
        view = self._registry.registry().view(self._today())
        read = read_plan(file, view, self.levels(year).letters, cumulative=cumulative)
        findings = tuple(self._findings(principal, read.rows, year))
        if read.errors or dry_run or not read.rows:
            return PlanRead(read, findings, None)
        plan = self._keep(principal, year, title or f"{year}年有序用电方案", read.rows, file.name)
        return PlanRead(read, findings, plan)

    def draft(self, principal: Principal, year: int) -> Plan:
        """From the registry and the last year of load, for an officer to correct."""
        principal.require_write()
        view = self._registry.registry().view(self._today())
        metered = self._metered.of(principal, list(view.enterprises), self._today())
        rows = draft_rows(view, metered, self._table, self.levels(year), self._today())
        if not rows:
            raise Invalid("登记簿中没有可列入的企业 / the registry has no enterprise with an account")
        return self._keep(
            principal,
            year,
            f"{year}年有序用电方案（自动草拟）",
            rows,
            "由台账和一年负荷草拟 / drafted from the registry and a year of load",
        )

    def check(self, principal: Principal, plan_id: str) -> tuple[Finding, ...]:
        plan = self.get(principal, plan_id)
        return tuple(self._findings(principal, plan.rows, plan.year))

    def approve(self, principal: Principal, plan_id: str, *, officer: str, document: str) -> Plan:
        """officer : who approves, by name; document : the paper. Raises Conflict while a check finds an error."""
        principal.require_write()
        if not officer.strip() or not document.strip():
            raise Invalid("批准须写明批准人和文号 / an approval names the officer and the document")
        plan = self.get(principal, plan_id)
        if plan.state is PlanState.APPROVED:
            raise Conflict(f"方案 {plan_id} 已批准 / plan {plan_id} is approved already")
        errors = [f for f in self.check(principal, plan_id) if f.weight is Weight.ERROR]
        if errors:
            raise Conflict(
                f"方案有 {len(errors)} 处错误，先更正：{errors[0].name} {errors[0].text_zh} / "
                f"{len(errors)} errors to mend first: {errors[0].text_en}"
            )
        after = self._ledger.plans.revision(plan_id)
        done = replace(
            plan, state=PlanState.APPROVED, approved_by=officer, approved_at=self._clock.now(), document=document
        )
        self._ledger.plans.put(principal.name, plan_id, done, after=after)
        return done

    def compare(self, principal: Principal, before_id: str, after_id: str) -> tuple[PlanChange, ...]:
        before, after = self.get(principal, before_id), self.get(principal, after_id)
        old = {row.account.id: row for row in before.rows}
        new = {row.account.id: row for row in after.rows}
        found: list[PlanChange] = []
        for account in sorted(old.keys() | new.keys()):
            found += _changes(account, old.get(account), new.get(account))
        return tuple(found)

    def export(self, principal: Principal, plan_id: str) -> bytes:
        """Phones whole for officers, masked for others."""
        plan = self.get(principal, plan_id)
        return export_plan(plan, self.levels(plan.year).letters, reveal_phones=principal.may_write())

    def survey(self, principal: Principal, year: int) -> bytes:
        """用电信息调查表 of every enterprise, filled with what is known."""
        principal.require_write()
        view = self._registry.registry().view(self._today())
        rows = draft_rows(view, {}, self._table, self.levels(year), self._today())
        blank = [replace(row, steps=()) for row in rows]
        return survey_forms(blank, self.levels(year).letters, year, reveal_phones=True)

    # -- inside

    def _today(self) -> date:
        return local_date(self._clock.now(), self._zone)

    def _keep(self, principal: Principal, year: int, title: str, rows: Sequence[PlanRow], source: str) -> Plan:
        version = 1 + max((p.version for p in self._ledger.plans.all() if p.year == year), default=0)
        plan = Plan(year, version, title, tuple(rows), source, principal.name, self._clock.now())
        self._ledger.plans.put(principal.name, plan.id, plan, after=0)
        return plan

    def _findings(self, principal: Principal, rows: Sequence[PlanRow], year: int) -> list[Finding]:
        metered = self._metered.of(principal, [row.enterprise.id for row in rows], self._today())
        known = Known({k: m.max_kw for k, m in metered.items() if m.max_kw is not None}, self._historic())
        return check_plan(rows, self._table, self.levels(year), known)

    def _historic(self) -> float | None:
        """The record, or last year's maximum, of the district or of what is monitored."""
        for scope in (DISTRICT, MONITORED):
            for kind in (ReferenceKind.RECORD, ReferenceKind.LAST_YEAR_MAXIMUM):
                found = self._references.reference(scope, kind, self._today())
                if found is not None:
                    return found.value_kw
        return None


def _changes(account: str, old: PlanRow | None, new: PlanRow | None) -> list[PlanChange]:
    if old is None or new is None:
        row = old or new
        name = row.enterprise.name if row is not None else ""
        return [PlanChange(account, name, "", "—" if old is None else "在列", "—" if new is None else "在列")]
    found = []
    for part_old, part_new in ((old.enterprise, new.enterprise), (old.account, new.account)):
        for each in fields(part_old):
            a, b = getattr(part_old, each.name), getattr(part_new, each.name)
            if each.name not in ("valid_from", "contacts") and a != b:
                found.append(PlanChange(account, new.enterprise.name, each.name, _told(a), _told(b)))
    if old.enterprise.contacts != new.enterprise.contacts:
        found.append(PlanChange(account, new.enterprise.name, "contacts", "—", "已变更 changed"))
    if old.steps != new.steps:
        found.append(PlanChange(account, new.enterprise.name, "steps", _steps(old), _steps(new)))
    return found


def _told(value: object) -> str:
    return "—" if value is None or value == "" else f"{value:g}" if isinstance(value, float) else str(value)


def _steps(row: PlanRow) -> str:
    return " ".join(f"{step.level} {step.reduction_kw:g}" for step in row.steps) or "—"
