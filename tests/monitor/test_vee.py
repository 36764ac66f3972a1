"""Validation, estimation and editing end to end: real ledger, readings in memory, the engine on a clock by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from config.policy import load_policy
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.instants import Span, day_span, to_ms
from domain.people import SYSTEM, Principal, Role
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER, ReadingBatch
from domain.scopes import MONITORED, enterprise_scope, meter_scope
from monitor.vee_desk import Edit, VeeDesk
from monitor.vee_run import VeeRunner, finish_open
from storage.ledger.migration import migrate
from storage.ledger.sql import SqlLedger
from storage.revision_ports import VEE
from tests.monitor.district import START, ZONE, District, main_meter, readings, registry_of
from tests.monitor.test_desk import desk_of
from tests.storage.readings.rows import shown

OTTO = Principal("王工", Role.OFFICER)
TODAY = date(2026, 7, 28)
YESTERDAY = TODAY - timedelta(days=1)
QUARTERS = np.arange(96)
SHAPE = 200.0 + 100.0 * np.sin(QUARTERS / 96 * 2 * np.pi)


@dataclass
class Works:
    district: District
    ledger: SqlLedger
    desk: VeeDesk
    runner: VeeRunner

    def settle(self) -> None:
        for _ in range(4):
            self.district.engine.tick()

    def derive(self) -> None:
        self.district.engine.rederiver.request(day_span(YESTERDAY, ZONE))
        self.settle()

    def run(self, first: date = YESTERDAY, last: date = YESTERDAY) -> int:
        return self.runner.run("system", first, last).estimated

    def raw(self, day: date, power: np.ndarray, *, quality: Quality = Quality.OK, register: bool = False) -> None:
        """A day of one meter; NaN is not sent."""
        batch = readings("M001", day_span(day, ZONE).start, power, step_s=900, quality=quality)
        if register:
            batch.values[:, ENERGY_IMPORT] = 1e5 + np.r_[0.0, np.cumsum(SHAPE * 0.25)[:-1]]
        self.district.store.write(batch.take(~np.isnan(power)))

    def block(self, quarter: int, day: date = YESTERDAY) -> Span:
        start = day_span(day, ZONE).start + timedelta(minutes=15 * quarter)
        return Span(start, start + timedelta(minutes=15))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vee") / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def works(template: Path, tmp_path: Path) -> Iterator[Works]:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(template.read_bytes())
    meters = [main_meter(n, interval_s=900) for n in (1, 2)]
    district = District(registry_of(meters))
    ledger = SqlLedger(f"sqlite:///{path}", clock=district.clock)
    known = district.ledger.registry.registry()
    ledger.registry.put_versions("test", enterprises=known.enterprises, accounts=known.accounts, meters=known.meters)
    district.ledger.dirty, district.ledger.superseded = ledger.dirty, ledger.superseded  # type: ignore[assignment]
    district.engine = district.new_engine()
    policy = load_policy()
    runner = VeeRunner(district.store, ledger, district.clock, policy.vee, policy.calendar, ZONE, capacity_factor=1.2)
    yield Works(district, ledger, VeeDesk(district.store, ledger, district.clock, ZONE, runner), runner)
    ledger.close()


def history(works: Works, days: int = 14) -> None:
    for back in range(2, 2 + days):
        works.raw(TODAY - timedelta(days=back), SHAPE)
    works.district.engine.rederiver.request(
        Span(day_span(TODAY - timedelta(days=7), ZONE).start, day_span(YESTERDAY, ZONE).start)
    )
    for _ in range(12):
        works.district.engine.tick()


def test_a_short_gap_is_filled_scaled_to_the_register_and_counts_in_energy_but_sets_no_maximum(works: Works) -> None:
    power = SHAPE.copy()
    power[22:27] = np.nan  # the day's peak is at 24
    works.raw(YESTERDAY, power, register=True)
    raw_before = shown(works.district.store.read(["M001"], day_span(YESTERDAY, ZONE)))
    works.derive()
    assert works.run() == 5
    works.settle()
    vee = works.district.store.read_vee(["M001"], day_span(YESTERDAY, ZONE))
    assert vee.rule.tolist() == ["line_register"] * 5
    assert vee.value_kw.sum() == pytest.approx(SHAPE[22:27].sum())
    rows = works.district.store.read_demand([meter_scope("M001")], day_span(YESTERDAY, ZONE))
    assert np.isnan(rows.demand_kw[22:27]).all(), "an estimate is no demand"
    assert rows.quality[22:27].tolist() == ["estimated"] * 5
    assert rows.energy_kwh.sum() == pytest.approx(SHAPE.sum() * 0.25)
    assert rows.estimate_kw[22:27].tolist() == pytest.approx(vee.value_kw.tolist())
    (indices,) = desk_of(works.district, live=False).indices(SYSTEM, meter_scope("M001"), YESTERDAY, YESTERDAY)
    assert indices.energy_kwh.value == pytest.approx(SHAPE.sum() * 0.25)
    assert indices.energy_kwh.estimated
    assert indices.maximum_kw.value == pytest.approx(np.nanmax(power))
    assert shown(works.district.store.read(["M001"], day_span(YESTERDAY, ZONE))) == raw_before
    assert works.run() == 0, "done again it changes nothing"


def test_a_late_reading_takes_the_place_of_its_estimate(works: Works) -> None:
    power = SHAPE.copy()
    power[40:42] = np.nan
    works.raw(YESTERDAY, power)
    works.run()
    works.settle()
    late = works.block(40)
    batch = readings("M001", late.start, [350.0], step_s=900)
    works.district.store.write(batch)
    works.district.engine.rederiver.request(late, frozenset({"M001"}), cause="late")
    works.settle()
    rows = works.district.store.read_demand([meter_scope("M001")], Span(late.start, works.block(41).end))
    assert rows.demand_kw.tolist() == pytest.approx([350.0, np.nan], nan_ok=True)
    assert rows.quality.tolist() == ["ok", "estimated"]
    assert works.run() == 1, "the line to its new neighbour"


def test_catch_up_energy_is_spread_over_the_outage_and_makes_no_maximum(works: Works) -> None:
    """An outage of 6 h; the first reading after it carries the energy of all of it."""
    history(works)
    power = SHAPE.copy()
    power[40:64] = np.nan
    works.raw(YESTERDAY, power)
    caught = float(SHAPE[40:65].sum())
    spike = readings("M001", works.block(64).start, [caught], step_s=900, quality=Quality.CATCH_UP)
    power[64] = np.nan
    works.district.store._rows["M001"].pop(to_ms(works.block(64).start))
    works.district.store.write(spike)
    works.derive()
    assert works.run() == 25
    works.settle()
    vee = works.district.store.read_vee(["M001"], day_span(YESTERDAY, ZONE))
    assert set(vee.rule) == {"like_day_catch_up"}
    assert vee.value_kw.sum() == pytest.approx(caught)
    assert vee.value_kw.max() < SHAPE.max() * 1.05
    rows = works.district.store.read_demand([meter_scope("M001")], day_span(YESTERDAY, ZONE))
    assert np.nanmax(rows.demand_kw) == pytest.approx(np.nanmax(power))
    assert rows.energy_kwh.sum() == pytest.approx(SHAPE.sum() * 0.25)
    assert (rows.quality[40:65] == "estimated").all()


def test_longer_than_a_day_stays_missing_and_is_flagged(works: Works) -> None:
    history(works)
    works.raw(YESTERDAY, np.where(QUARTERS < 2, SHAPE, np.nan))
    assert works.run() == 0
    page = works.desk.flags(OTTO, day_span(YESTERDAY, ZONE))
    assert [(f.rule, "保持缺测" in f.text_zh) for f in page.items if f.meter == "M001"] == [("gap", True)]


def test_flags_are_found_once_and_keep_their_acceptance(works: Works) -> None:
    history(works)
    power = SHAPE.copy()
    power[30] = 5_000.0
    works.raw(YESTERDAY, power)
    works.run()
    spike = next(f for f in works.desk.flags(OTTO, day_span(YESTERDAY, ZONE)).items if f.rule == "spike")
    assert spike.value == 5_000.0
    assert "5,000" in spike.text_en
    with pytest.raises(Invalid, match="reason"):
        works.desk.accept_flag(OTTO, spike.id, " ")
    works.desk.accept_flag(OTTO, spike.id, "试车")
    with pytest.raises(Conflict):
        works.desk.accept_flag(OTTO, spike.id, "again")
    works.run()
    again = next(f for f in works.desk.flags(OTTO, day_span(YESTERDAY, ZONE)).items if f.rule == "spike")
    assert (again.accepted_by, again.note) == ("王工", "试车")
    left = works.desk.flags(OTTO, day_span(YESTERDAY, ZONE), open_only=True).items
    assert "spike" not in {f.rule for f in left}
    # The spike itself is estimated, so that it counts in no total.
    assert works.desk.day(OTTO, "M001", YESTERDAY).effective_kw[30] < 400


def test_a_person_edits_accepts_excludes_and_undoes_with_reason_audit_and_revision(works: Works) -> None:
    works.raw(YESTERDAY, SHAPE)
    span = works.block(30)
    with pytest.raises(Invalid, match="reason"):
        works.desk.edit(OTTO, Edit("M001", span, "set", "", 50.0))
    first = works.desk.edit(OTTO, Edit("M001", span, "set", "抄表核对", 50.0))
    second = works.desk.edit(OTTO, Edit("M001", Span(span.start, works.block(31).end), "exclude", "互感器检修"))
    works.settle()
    day = works.desk.day(OTTO, "M001", YESTERDAY)
    assert np.isnan(day.effective_kw[30:32]).all()
    assert day.raw_kw[30] == pytest.approx(SHAPE[30])
    undone = works.desk.undo(OTTO, second.id, "检修只影响下一时段")
    works.settle()
    day = works.desk.day(OTTO, "M001", YESTERDAY)
    assert day.effective_kw[30] == 50.0
    assert day.quality[30] == "edited"
    assert day.effective_kw[31] == pytest.approx(SHAPE[31])
    rows = works.district.store.read_demand([meter_scope("M001")], Span(span.start, works.block(31).end))
    assert np.isnan(rows.demand_kw[0]), "what a person enters is no measured maximum either"
    assert rows.demand_kw[1] == pytest.approx(SHAPE[31])
    with pytest.raises(Conflict, match="undo"):
        works.desk.undo(OTTO, second.id, "again")
    works.run()
    assert works.desk.day(OTTO, "M001", YESTERDAY).effective_kw[30] == 50.0, "a rule never writes over a person"
    actions = [(e.actor, e.action) for e in works.ledger.audit.entries(subject="meter:M001").items]
    assert actions[:3] == [("王工", "vee.undo"), ("王工", "vee.exclude"), ("王工", "vee.set")]
    assert [c.id for c in works.desk.changes(OTTO, meter="M001").items] == [undone.id, second.id, first.id]
    assert undone.undoes == second.id


def test_an_accepted_spike_counts_as_measured_again(works: Works) -> None:
    works.raw(YESTERDAY, np.where(QUARTERS == 50, np.nan, SHAPE))
    peak = readings("M001", works.block(50).start, [900.0], step_s=900, quality=Quality.SPIKE)
    works.district.store.write(peak)
    works.desk.edit(OTTO, Edit("M001", works.block(50), "accept", "新设备投运，已核实"))
    works.settle()
    rows = works.district.store.read_demand([meter_scope("M001")], works.block(50))
    assert (rows.demand_kw.tolist(), rows.quality.tolist()) == ([900.0], ["ok"])


@pytest.mark.parametrize(
    ("who", "edit", "error"),
    [
        (Principal("v", Role.VIEWER), {}, Forbidden),
        (Principal("e", Role.ENTERPRISE, EnterpriseId("E001")), {}, Forbidden),
        (OTTO, {"meter": "M999"}, NotFound),
        (OTTO, {"action": "guess"}, Invalid),
        (OTTO, {"value": None}, Invalid),
        (OTTO, {"value": float("inf")}, Invalid),
        (OTTO, {"action": "scale", "value": -1.0}, Invalid),
        (OTTO, {"action": "accept", "value": 3.0}, Invalid),
        (OTTO, {"action": "accept", "value": None}, Invalid),  # nothing raw there
        (OTTO, {"span": Span(START + timedelta(hours=1), START + timedelta(hours=2))}, Invalid),
    ],
)
def test_what_a_person_may_not_do(
    works: Works, who: Principal, edit: dict[str, object], error: type[Exception]
) -> None:
    given = {"meter": "M001", "span": works.block(3), "action": "set", "reason": "x", "value": 1.0, **edit}
    with pytest.raises(error):
        works.desk.edit(who, Edit(**given))  # type: ignore[arg-type]


def test_an_edit_within_the_live_windows_changes_the_live_load(works: Works) -> None:
    district = works.district
    district.pass_minutes(46, {})
    start = START
    batch = ReadingBatch.concat([readings(m, start, [100.0, 100.0, 100.0], step_s=900) for m in ("M001", "M002")])
    district.feed(batch)
    district.engine.tick()
    before = district.store.read_demand([enterprise_scope("E001")], Span(start, start + timedelta(minutes=30)))
    assert before.demand_kw.tolist() == [100.0, 100.0]
    works.desk.edit(OTTO, Edit("M001", Span(start, start + timedelta(minutes=15)), "exclude", "接线错误"))
    for _ in range(3):
        district.engine.tick()
    after = district.store.read_demand([enterprise_scope("E001")], Span(start, start + timedelta(minutes=30)))
    assert after.demand_kw.tolist() == pytest.approx([np.nan, 100.0], nan_ok=True)
    assert after.revision.tolist() == [before.revision[0] + 1, before.revision[1]]
    past = works.ledger.superseded.read([enterprise_scope("E001")], Span(start, start + timedelta(minutes=15)))
    assert past.rows.demand_kw.tolist()[-1] == 100.0


def test_a_change_whose_process_ended_half_way_is_derived_after_the_restart(works: Works) -> None:
    works.raw(YESTERDAY, SHAPE)
    works.ledger.vee.begin("王工", "set", "x", ["M001"], works.block(30))
    assert finish_open(works.ledger, ZONE) == 1
    assert [(m.cause, m.meters) for m in works.ledger.dirty.pending()] == [(VEE, frozenset({"M001"}))]
    assert finish_open(works.ledger, ZONE) == 0


def test_a_register_only_meter_is_estimated_over_its_gap(works: Works) -> None:
    start = day_span(YESTERDAY, ZONE).start
    register = 1e5 + np.r_[0.0, np.cumsum(SHAPE * 0.25)]
    batch = readings("M002", start, np.full(97, np.nan), step_s=900)
    batch.values[:, ENERGY_IMPORT] = register
    heard = np.ones(97, dtype=np.bool_)
    heard[41:46] = False
    works.district.store.write(batch.take(heard))
    works.run()
    works.derive()
    rows = works.district.store.read_demand([meter_scope("M002")], day_span(YESTERDAY, ZONE))
    assert rows.energy_kwh.sum() == pytest.approx(SHAPE.sum() * 0.25)
    assert rows.quality[38:48].tolist() == ["ok", "ok", *["estimated"] * 6, "ok", "ok"]
    monitored = works.district.store.read_demand([MONITORED], day_span(YESTERDAY, ZONE))
    assert set(monitored.quality) == {"insufficient"}, "M001 sent nothing at all"


def test_the_moment_of_a_change_stays_with_it(works: Works) -> None:
    works.raw(YESTERDAY, SHAPE)
    at: datetime = works.district.clock.now()
    change = works.desk.edit(OTTO, Edit("M001", works.block(1), "scale", "倍率错误", 1.5))
    assert change.at == at
    assert works.desk.day(OTTO, "M001", YESTERDAY).effective_kw[1] == pytest.approx(1.5 * SHAPE[1])
    assert POWER == 0
