"""Events of demand response to put into a ledger: one that is published, and drafts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.settlement import Validity, payment, settle
from config.policy import load_policy
from domain.dr import DrEvent, EventKind, Participant
from domain.dr_records import FrozenBaseline, Objection, Settlement, SettlementRow
from domain.dr_states import EventState, Move
from domain.ids import AccountId, EnterpriseId
from domain.instants import to_ms
from domain.notices import Answer
from monitor.frozen_inputs import FrozenInputs, compute, packed
from response.dr.pace import as_array
from storage.dr_ports import DrLedger

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 7, 28, 9, tzinfo=ZONE)
END = datetime(2026, 7, 28, 11, tzinfo=ZONE)
DAY = date(2026, 7, 28)


def draft(number: int = 1, participants: tuple[Participant, ...] = ()) -> DrEvent:
    return DrEvent(
        id=f"2026-07-28-{number}",
        version=0,
        kind=EventKind.LOCAL,
        state=EventState.DRAFT,
        title="日前削峰",
        terms=load_policy().programmes.by_id("zj_dayahead").terms(DAY),
        start_ms=to_ms(START) if number == 1 else to_ms(START + timedelta(days=1)),
        end_ms=to_ms(END) if number == 1 else to_ms(END + timedelta(days=1)),
        target_kw=500.0,
        reply_by_ms=to_ms(START - timedelta(hours=2)),
        participants=participants,
    )


def inputs_of(enterprise: str, level: float) -> FrozenInputs:
    """Fifteen days of a plant whose load differs a little from day to day; the event runs from 09:00 to 11:00."""
    days = tuple(DAY - timedelta(days=14 - n) for n in range(15))
    rows = [tuple(level * (1 + 0.01 * np.sin(n + b / 4)) for b in range(96)) for n in range(14)]
    method = next(m for m in load_policy().baselines.method if m.id == "cn_workday5")
    return FrozenInputs(
        enterprise=enterprise,
        method=method.model_dump(mode="json", exclude_defaults=True),
        first_block=36,
        end_block=44,
        step_s=900,
        days=days,
        works=tuple(day.weekday() < 5 for day in days),
        holiday=(False,) * 15,
        event=(False,) * 15,
        load_kw=(*(tuple(float(v) for v in row) for row in rows), (None,) * 96),
    )


def baseline_of(event: DrEvent, enterprise: str, level: float) -> FrozenBaseline:
    inputs = inputs_of(enterprise, level)
    content, digest = packed(inputs)
    found = compute(inputs)
    return FrozenBaseline(
        event.id,
        EnterpriseId(enterprise),
        1,
        "cn_workday5",
        found.sample_days,
        found.base_kw,
        found.refusal,
        digest,
        to_ms(START - timedelta(days=1)),
        "otto",
        "announced",
        content,
    )


def settled(event: DrEvent, baselines: list[FrozenBaseline], shed: dict[str, float]) -> Settlement:
    """Each one took off ``shed`` kW in every block."""
    by_id = {each.enterprise: each for each in baselines}
    base = np.array([as_array(by_id[each.enterprise].base_kw) for each in event.participants])
    load = base - np.array([[shed[each.enterprise]] for each in event.participants])
    promised = np.array([each.promised_kw for each in event.participants])
    found = settle(base, load, promised, event.terms, step_s=900)
    pay = payment(found.energy_kwh, np.asarray(found.validity == Validity.VALID), event.terms)
    rows = tuple(
        SettlementRow(
            enterprise=each.enterprise,
            promised_kw=each.promised_kw,
            baseline_revision=1,
            validity=Validity(int(found.validity[n])).word,
            load_kw=tuple(load[n].tolist()),
            base_extreme_kw=float(found.base_extreme_kw[n]),
            load_extreme_kw=float(found.load_extreme_kw[n]),
            base_mean_kw=float(found.base_mean_kw[n]),
            load_mean_kw=float(found.load_mean_kw[n]),
            response_kw=float(found.response_kw[n]),
            ratio=float(found.ratio[n]),
            effective_min=float(found.effective_min[n]),
            energy_kwh=float(found.energy_kwh[n]),
            pay_yuan=float(pay[n]),
            penalty_yuan=0.0,
        )
        for n, each in enumerate(event.participants)
    )
    return Settlement(event.id, 1, event.version, rows, "otto", "", to_ms(END))


def put_events(ledger: DrLedger) -> DrEvent:
    """2026-07-28-1 is published, E001 and E002 took part; -2 and -3 are drafts for the next day."""
    members = tuple(
        Participant(
            EnterpriseId(e),
            AccountId(f"33020{n}"),
            invited_kw=200.0,
            answer=Answer.CAN,
            declared_kw=200.0,
            cleared_kw=200.0,
        )
        for n, e in enumerate(("E001", "E002"))
    )
    event = ledger.save(draft(1, members), Move.CHOOSE, "otto", at_ms=to_ms(START - timedelta(days=1)))
    baselines = [baseline_of(event, "E001", 1000.0), baseline_of(event, "E002", 1500.0)]
    ledger.put_baselines(baselines)
    announced = replace(event, state=EventState.PUBLISHED, announced_ms=to_ms(START - timedelta(days=1)))
    event = ledger.save(announced, Move.PUBLISH, "otto", at_ms=to_ms(END))
    ledger.put_settlement(settled(event, baselines, {"E001": 210.0, "E002": 90.0}))
    ledger.put_objection(Objection(0, event.id, EnterpriseId("E001"), "表计故障", "emil", to_ms(END)))
    for number in (2, 3):
        ledger.save(draft(number), Move.CHOOSE, "otto", at_ms=to_ms(END))
    return event
