"""Orders: prepared, issued with a named confirmation, revised, extended, lifted; whom a change hits is told."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from config.orderly import OrderlyTable
from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import local_date
from domain.notices import Notice
from domain.orderly import FrozenBaseline, Guard, Order, OrderLine, OrderState, Window
from domain.people import SYSTEM, Principal, Role
from domain.scopes import enterprise_scope
from response.delivery.desk import NoticeDesk
from response.orderly.freezing import Freezer
from response.orderly.instructions import InstructionDesk
from response.orderly.order_limits import OrderLimits
from response.orderly.order_notices import OrderNotices
from response.orderly.revising import Changes, lines_with, windows_with
from response.orderly.tenure import revisions
from storage.ledger_ports import RegistryLedger
from storage.orderly_ports import OrderlyLedger


@dataclass(frozen=True, slots=True)
class NewOrder:
    """series : of days that share one frozen baseline; "" begins a new one"""

    lines: tuple[OrderLine, ...]
    windows: tuple[Window, ...]
    instruction: str
    plan: str = ""
    level: str = ""
    series: str = ""
    outside_level: str = ""
    drill: bool = False


class OrderDesk:
    def __init__(
        self,
        ledger: OrderlyLedger,
        registry: RegistryLedger,
        instructions: InstructionDesk,
        notices: NoticeDesk,
        freezer: Freezer,
        table: OrderlyTable,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._ledger, self._registry, self._instructions = ledger, registry, instructions
        self._notices, self._freezer, self._clock, self._zone = notices, freezer, clock, zone
        self._limits, self._words = OrderLimits(ledger, registry, table, clock, zone), OrderNotices(registry, zone)

    def orders(self, principal: Principal) -> tuple[Order, ...]:
        """The last to begin first. An enterprise sees those issued to it, with its own line alone."""
        found = [own for order in self._ledger.orders.all() if (own := _seen(principal, order)) is not None]
        return tuple(sorted(found, key=lambda order: order.start, reverse=True))

    def get(self, principal: Principal, order_id: str) -> Order:
        found = self._ledger.orders.get(order_id)
        own = None if found is None else _seen(principal, found)
        if own is None:
            raise NotFound(f"没有调度令 {order_id} / there is no order {order_id}")
        return own

    def revisions(self, principal: Principal, order: Order) -> tuple[Order, ...]:
        """Of an order that ``get`` gave, oldest first; to an enterprise those that name it."""
        found = (_seen(principal, each) for each in revisions(self._ledger, order))
        return tuple(each for each in found if each is not None)

    def baseline(self, series: str) -> FrozenBaseline | None:
        return self._ledger.baselines.get(series)

    def prepare(self, principal: Principal, new: NewOrder) -> Order:
        """Raises Invalid for what no order may say, Conflict for overlaps and lifted instructions, Forbidden for a
        level beyond that of the instruction without a reason and who approves it."""
        principal.require_write()
        cited = self._instructions.require_standing(principal, new.instruction) if new.instruction else None
        ident = f"{local_date(new.windows[0].start, self._zone):%Y%m%d}-{secrets.token_hex(2)}" if new.windows else ""
        order = Order(
            id=ident,
            series=new.series or ident,
            revision=1,
            instruction=new.instruction,
            plan=new.plan,
            level=new.level,
            windows=tuple(sorted(new.windows, key=lambda w: w.start)),
            lines=new.lines,
            state=OrderState.PREPARED,
            actor=principal.name,
            at=self._clock.now(),
            outside_level=new.outside_level,
            drill=new.drill,
        )
        self._limits.refuse(order)
        self._limits.refuse_level(order, cited)
        self._ledger.orders.put(principal.name, order.id, order, after=0)
        return order

    def issue(self, principal: Principal, order_id: str, *, officer: str) -> Order:
        """officer : who confirms it, by name; a drill needs none. Freezes the baseline of a new series first."""
        principal.require_write()
        order = self._staff(principal, order_id)
        if order.state is not OrderState.PREPARED:
            raise Conflict(f"调度令 {order_id} 已下达 / order {order_id} was issued already")
        if order.instruction:
            self._instructions.require_standing(principal, order.instruction)
        self._require_officer(order, officer)
        self._limits.refuse(order)
        self._freeze(order)
        now = self._clock.now()
        done = replace(order, state=OrderState.ISSUED, confirmed_by=officer, issued_at=now)
        return self._told(principal, order, done, done.lines, officer)

    def revise(
        self,
        principal: Principal,
        order_id: str,
        *,
        officer: str,
        lines: Sequence[OrderLine] | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Order:
        """Other lines or windows of an order in force; those whose line or hours changed are told, those gone are
        told that it no longer holds."""
        principal.require_write()
        order = self._staff(principal, order_id)
        if order.state is not OrderState.ISSUED:
            raise Conflict(f"调度令 {order_id} 不在执行中 / order {order_id} is not in force")
        self._require_officer(order, officer)
        done = replace(
            order,
            revision=order.revision + 1,
            lines=tuple(order.lines if lines is None else lines),
            windows=tuple(order.windows if windows is None else windows),
            confirmed_by=officer,
            revised_at=self._clock.now(),
        )
        self._limits.refuse(done, order)
        self._freeze(done)
        before = {line.enterprise: line for line in order.lines}
        moved = done.windows != order.windows
        changed = [line for line in done.lines if moved or before.get(line.enterprise) != line]
        gone = [line for line in order.lines if line.enterprise not in {each.enterprise for each in done.lines}]
        kept = self._told(principal, order, done, changed, officer)
        self._send(principal, [self._words.lifting(done, line, officer, "名单已调整") for line in gone])
        return kept

    def amend(self, principal: Principal, order_id: str, changes: Changes, *, officer: str) -> Order:
        """As ``revise``, from what differs. Raises Invalid where nothing does."""
        order = self._staff(principal, order_id)
        lines, windows = lines_with(order, changes), windows_with(order, changes.hours, self._zone)
        if (lines, windows) == (order.lines, order.windows):
            raise Invalid("没有改动 / nothing is changed")
        return self.revise(principal, order_id, officer=officer, lines=lines, windows=windows)

    def extend(self, principal: Principal, order_id: str, window: Window, *, officer: str) -> Order:
        order = self._staff(principal, order_id)
        return self.revise(principal, order_id, officer=officer, windows=(*order.windows, window))

    def lift(self, principal: Principal, order_id: str, *, officer: str, reason: str) -> Order:
        """reason : as a rule the number of the lifting instruction. Good results lift nothing by themselves."""
        principal.require_write()
        order = self._staff(principal, order_id)
        if order.state is not OrderState.ISSUED:
            raise Conflict(f"调度令 {order_id} 不在执行中 / order {order_id} is not in force")
        if not reason.strip():
            raise Invalid("解除须写明解除文号或事由 / a lifting names its instruction or reason")
        self._require_officer(order, officer)
        now = self._clock.now()
        done = replace(order, revision=order.revision + 1, state=OrderState.LIFTED, lifted_at=now, lift_reason=reason)
        self._ledger.orders.put(principal.name, order.id, done, after=self._ledger.orders.revision(order.id))
        self._send(principal, [self._words.lifting(done, line, officer, reason) for line in done.lines])
        return done

    def guard(self, principal: Principal, guard: Guard) -> Guard:
        """保供电: from now on the site is called by no order in these days. Raises Conflict while one names it."""
        principal.require_write()
        self._limits.refuse_guard(guard)
        view = self._registry.registry().view(guard.first)
        view.enterprise(guard.enterprise)
        own = replace(guard, actor=principal.name)
        after = self._ledger.guards.revision(guard.enterprise)
        self._ledger.guards.put(principal.name, guard.enterprise, own, after=after)
        return own

    def guards(self, principal: Principal) -> tuple[Guard, ...]:
        principal.require_staff()
        return tuple(self._ledger.guards.all())

    # -- inside

    def _staff(self, principal: Principal, order_id: str) -> Order:
        principal.require_staff()
        return self.get(principal, order_id)

    def _require_officer(self, order: Order, officer: str) -> None:
        if not order.drill and not officer.strip():
            raise Invalid("下达须由具名负责人确认 / a named officer confirms an order")

    def _freeze(self, order: Order) -> None:
        """Once a series; enterprises that join later are added, what stands is not touched."""
        known = self._ledger.baselines.get(order.series)
        missing = [line.enterprise for line in order.lines if known is None or line.enterprise not in known.kw]
        if not missing:
            return
        day = local_date(order.start, self._zone) if known is None else known.day
        # Whoever confirms the order, the figures are the system's.
        found = self._freezer.freeze(SYSTEM, order.series, [enterprise_scope(each) for each in missing], day)
        if known is not None:
            found = replace(known, kw=known.kw | found.kw, sample_days=known.sample_days | found.sample_days)
        after = self._ledger.baselines.revision(order.series)
        self._ledger.baselines.put(order.actor, order.series, found, after=after)

    def _told(
        self, principal: Principal, before: Order, after: Order, lines: Iterable[OrderLine], officer: str
    ) -> Order:
        self._ledger.orders.put(principal.name, before.id, after, after=self._ledger.orders.revision(before.id))
        self._send(principal, [self._words.notice(after, line, officer) for line in lines])
        return after

    def _send(self, principal: Principal, notices: Sequence[Notice]) -> None:
        if notices:
            self._notices.send(principal, notices)


def _seen(principal: Principal, order: Order) -> Order | None:
    if principal.role is not Role.ENTERPRISE:
        return order
    own = tuple(line for line in order.lines if line.enterprise == principal.enterprise)
    return replace(order, lines=own) if own and order.state is not OrderState.PREPARED else None
