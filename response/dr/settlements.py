"""After the event: verification as revisions, publication, objections, settlement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from analytics.settlement import Responses, Validity, payment, penalty, settle
from domain.arrays import FloatArray
from domain.clock import Clock
from domain.dr import DrEvent, Participant, member_of
from domain.dr_records import FrozenBaseline, Objection, Settlement, SettlementRow
from domain.dr_states import Move, moved
from domain.errors import Conflict, Forbidden, InsufficientData, NotFound
from domain.event_days import event_day
from domain.ids import AccountId, EnterpriseId
from domain.instants import BLOCK_MS, BLOCK_S
from domain.people import Principal
from domain.reductions import Reduction
from monitor.load_history import LoadHistories
from response.dr.book import EventBook
from response.dr.pace import as_array
from storage.ledger_ports import Ledger


@dataclass(frozen=True, slots=True)
class Difference:
    """What a later revision changed of one who takes part; None = not known."""

    enterprise: EnterpriseId
    validity: tuple[str, str]
    response_kw: tuple[float | None, float | None]
    energy_kwh: tuple[float, float]
    pay_yuan: tuple[float | None, float | None]
    accounts: tuple[AccountId, ...] = ()

    @property
    def member(self) -> str:
        return member_of(self.enterprise, self.accounts)


class SettlementDesk:
    def __init__(self, ledger: Ledger, book: EventBook, histories: LoadHistories, clock: Clock, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._book = book
        self._histories = histories
        self._clock = clock
        self._zone = zone

    # -- looking

    def all(self, principal: Principal, event_id: str) -> list[Settlement]:
        """Every revision, oldest first; an enterprise gets its own rows."""
        self._book.get(principal, event_id)
        found = self._ledger.dr.settlements(event_id)
        if principal.enterprise is None:
            return found
        return [
            replace(each, rows=tuple(r for r in each.rows if r.enterprise == principal.enterprise)) for each in found
        ]

    def latest(self, principal: Principal, event_id: str) -> Settlement:
        found = self.all(principal, event_id)
        if not found:
            raise NotFound(f"事件 {event_id} 尚未核算 / event {event_id} is not verified yet")
        return found[-1]

    def objections(self, principal: Principal, event_id: str) -> list[Objection]:
        self._book.get(principal, event_id)
        return [
            each for each in self._ledger.dr.objections(event_id) if principal.enterprise in (None, each.enterprise)
        ]

    # -- changing

    def verify(self, principal: Principal, event_id: str, version: int, reason: str = "") -> Settlement:
        """Judge every enterprise on its frozen baseline; what was verified before stands beside the new revision.

        Verified reductions go to the ledger, for restored load. Raises InsufficientData while nothing was measured
        """
        event = self._book.at(principal, event_id, version, Move.VERIFY)
        known = self._ledger.dr.settlements(event_id)
        if known and not reason.strip():
            raise Conflict("重新核算须写明原因 / a re-run needs its reason")
        made = replace(
            self.judged(principal, event), revision=len(known) + 1, actor=principal.name, reason=reason.strip()
        )
        saved = self._book.save(principal, event, Move.VERIFY, reason.strip() or "verified")
        made = replace(made, event_version=saved.version)
        self._ledger.dr.put_settlement(made)
        self._ledger.reductions.put_reductions(principal.name, self._reductions(event, made))
        return made

    def judged(self, principal: Principal, event: DrEvent) -> Settlement:
        """What verification would say now; nothing is written."""
        members = event.taking_part()
        if not members:
            raise Conflict("没有企业出清 / nobody was cleared")
        frozen = {each.member: each for each in self._ledger.dr.baselines(event.id)}
        blocks = (event.end_ms - event.start_ms) // BLOCK_MS
        base = np.array([_base(frozen.get(each.member), blocks) for each in members])
        load = self._loads(principal, event, members)
        if np.isnan(load).all():
            raise InsufficientData("时段内没有完整的负荷 / no block of the event is measured completely", coverage=0.0)
        promised = np.array([each.promised_kw for each in members])
        found = settle(base, load, promised, event.terms, step_s=BLOCK_S)
        rows = _rows(event, members, frozen, load, found)
        return Settlement(event.id, 0, event.version, rows, principal.name, "", self._clock.now_ms())

    def publish(self, principal: Principal, event_id: str, version: int) -> DrEvent:
        event = self._book.at(principal, event_id, version, Move.PUBLISH)
        rows = self.latest(principal, event_id).rows
        waiting = [each.member for each in rows if each.validity == Validity.INCOMPLETE.word]
        note = f"insufficient data: {', '.join(waiting)}" if waiting else ""
        return self._book.save(principal, event, Move.PUBLISH, note)

    def object(self, principal: Principal, event_id: str, enterprise: str, text: str) -> Objection:
        """By the enterprise itself, or by an officer who was told."""
        event = self._book.get(principal, event_id)
        if principal.enterprise is None:
            principal.require_write()
        elif principal.enterprise != enterprise:
            raise Forbidden(f"{principal.name} may object for {principal.enterprise} only")
        moved(event.state, Move.OBJECT)
        event.parts(enterprise)
        made = Objection(0, event_id, EnterpriseId(enterprise), text.strip(), principal.name, self._clock.now_ms())
        return self._ledger.dr.put_objection(made)

    def answer(self, principal: Principal, event_id: str, objection_id: int, text: str) -> Objection:
        principal.require_write()
        found = next((each for each in self.objections(principal, event_id) if each.id == objection_id), None)
        if found is None:
            raise NotFound(f"没有申诉 {objection_id} / there is no objection {objection_id}")
        if not text.strip():
            raise Conflict("请写明答复 / an answer needs its words")
        made = replace(found, answer=text.strip(), answered_by=principal.name, answered_ms=self._clock.now_ms())
        return self._ledger.dr.put_objection(made)

    def close(self, principal: Principal, event_id: str, version: int) -> DrEvent:
        """结算: every objection is answered first."""
        event = self._book.at(principal, event_id, version, Move.SETTLE)
        open_ones = [each.id for each in self._ledger.dr.objections(event_id) if each.answered_ms is None]
        if open_ones:
            raise Conflict(f"尚有 {len(open_ones)} 件申诉未答复 / {len(open_ones)} objections are not answered yet")
        return self._book.save(principal, event, Move.SETTLE)

    # -- inside

    def _loads(self, principal: Principal, event: DrEvent, members: Sequence[Participant]) -> FloatArray:
        """Complete measured blocks of the event, shape (n, b); estimates never settle an event (NaN)."""
        on = event_day(event.start_ms, event.end_ms, self._zone)
        scopes = [each.scope for each in members]
        history = self._histories.history(principal, scopes, on.day, on.last)
        inside = (history.ts_ms >= event.start_ms) & (history.ts_ms < event.end_ms)
        return history.demand_kw[:, inside]

    def _reductions(self, event: DrEvent, settlement: Settlement) -> list[Reduction]:
        """What the event took off by measured blocks, whether or not it is paid."""
        if event.sign < 0:
            return []
        ts_ms = np.arange(event.start_ms, event.end_ms, BLOCK_MS, dtype=np.int64)
        frozen = {each.member: each for each in self._ledger.dr.baselines(event.id)}
        found = []
        for row in settlement.rows:
            taken = (
                np.maximum(as_array(frozen[row.member].base_kw) - as_array(row.load_kw), 0.0)
                if row.member in frozen
                else np.full(len(ts_ms), np.nan)
            )
            known = ~np.isnan(taken)
            if known.any():
                scope = event.participant(row.member).scope
                found.append(Reduction(scope, ts_ms[known], taken[known], event.source, verified=True))
        return found


def _base(frozen: FrozenBaseline | None, blocks: int) -> FloatArray:
    if frozen is None:
        return np.full(blocks, np.nan)
    found = as_array(frozen.base_kw)
    # An event ended early or extended without a new baseline is judged on what was frozen.
    return found[:blocks] if len(found) >= blocks else np.append(found, np.full(blocks - len(found), np.nan))


def _rows(
    event: DrEvent,
    members: Sequence[Participant],
    frozen: dict[str, FrozenBaseline],
    load: FloatArray,
    found: Responses,
) -> tuple[SettlementRow, ...]:
    hours = (event.end_ms - event.start_ms) / 3_600_000
    valid = np.asarray(found.validity == Validity.VALID)
    pay = payment(found.energy_kwh, valid, event.terms)
    fee = penalty(found.response_kw, np.array([each.promised_kw for each in members]), event.terms, hours=hours)
    return tuple(
        SettlementRow(
            enterprise=each.enterprise,
            promised_kw=each.promised_kw,
            baseline_revision=frozen[each.member].revision if each.member in frozen else 0,
            validity=Validity(int(found.validity[n])).word,
            load_kw=tuple(_number(value) for value in load[n]),
            base_extreme_kw=_number(found.base_extreme_kw[n]),
            load_extreme_kw=_number(found.load_extreme_kw[n]),
            base_mean_kw=_number(found.base_mean_kw[n]),
            load_mean_kw=_number(found.load_mean_kw[n]),
            response_kw=_number(found.response_kw[n]),
            ratio=_number(found.ratio[n]),
            effective_min=_number(found.effective_min[n]),
            energy_kwh=float(found.energy_kwh[n]),
            pay_yuan=_number(pay[n]),
            penalty_yuan=0.0 if np.isnan(fee[n]) else float(fee[n]),
            official_verified_kw=each.official_verified_kw,
            official_verified_kwh=each.official_verified_kwh,
            accounts=each.accounts,
        )
        for n, each in enumerate(members)
    )


def differences(before: Settlement, after: Settlement) -> list[Difference]:
    """Those whose verdict or figures a revision changed."""
    found = []
    for row in after.rows:
        old = before.row(row.member)
        if old is None or _figures(old) == _figures(row):
            continue
        found.append(
            Difference(
                row.enterprise,
                (old.validity, row.validity),
                (old.response_kw, row.response_kw),
                (old.energy_kwh, row.energy_kwh),
                (old.pay_yuan, row.pay_yuan),
                row.accounts,
            )
        )
    return found


def _figures(row: SettlementRow) -> tuple[object, ...]:
    return row.validity, row.response_kw, row.energy_kwh, row.pay_yuan


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
