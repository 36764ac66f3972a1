"""An enterprise of two accounts (户号), which take part each by itself; figures by hand.

Account A draws 600 kW at all hours and B 400 kW. The whole of 1,000 kW can move 400 kW and must keep 300 kW. A has a
contract of its own, B through an aggregator; both promise 150 kW for two hours at 4 yuan.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from api.schemas.dr import EventOut
from api.schemas.dr_pace import PaceOut
from app.commands import dr_tables
from domain.dr import Contract, DrEvent, EventKind, Participant
from domain.errors import Invalid
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, Span, to_ms
from domain.notices import Answer
from domain.readings import Reading, ReadingBatch, values_of
from domain.registry import Account, Enterprise, Meter, Registry
from domain.report import Table
from domain.scopes import MONITORED, Scope, accounts_scope, enterprise_scope
from monitor.restored import may_touch
from response.dr.evidence_check import check
from response.dr.official import with_official
from response.dr.parts import parts_of
from tests.response.dr.district import BEFORE, DAY, END, OTTO, START, ZONE, Scene, new_event, put_rows, scene

A, B = AccountId("330209A"), AccountId("330209B")
OWNER, AGGREGATOR = EnterpriseId("E009"), EnterpriseId("AGG")
PART_A, PART_B = "E009:330209A", "E009:330209B"
SINCE = date(2020, 1, 1)
ENTERPRISES = (
    Enterprise(OWNER, SINCE, "双户厂", sector="C39", security_load_kw=300.0, shiftable_kw=400.0),
    Enterprise(AGGREGATOR, SINCE, "聚合商"),
)
ACCOUNTS = (Account(A, SINCE, OWNER), Account(B, SINCE, OWNER))
METERS = (Meter(MeterId("MA"), SINCE, A, interval_s=900), Meter(MeterId("MB"), SINCE, B, interval_s=900))

TENANT = Meter(MeterId("MT"), SINCE, AccountId("330201"), landlord=OWNER)


def contract(account: AccountId, aggregator: str = "", kw: float = 300.0) -> Contract:
    return Contract(account, "zj_dayahead", date(2026, 1, 1), date(2026, 12, 31), kw, aggregator)


OWN, THROUGH = contract(A), contract(B, AGGREGATOR)


def put(stage: Scene, a_kw: float, b_kw: float, start: datetime, end: datetime) -> None:
    """Quarters of both meters, and the blocks of their enterprise, as the engine would write them."""
    ts = np.arange(to_ms(start), to_ms(end), BLOCK_MS, dtype=np.int64)
    levels = (("MA", a_kw), ("MB", b_kw))
    readings = [Reading(meter, int(at), values_of(power_kw=kw)) for meter, kw in levels for at in ts]
    stage.store.write(ReadingBatch.of(readings))
    put_rows(stage.store, {enterprise_scope(OWNER): np.full(len(ts), a_kw + b_kw)}, ts)


def settled(stage: Scene) -> DrEvent:
    """Goes on from a confirmed event; what it draws in the hours of the event is put by the caller."""
    [event] = stage.dr.book.list(OTTO).items
    for at in (START + timedelta(minutes=1), END, END + timedelta(seconds=1)):
        stage.tick(at)
    stage.at(END + timedelta(days=1))
    stage.dr.settlements.verify(OTTO, event.id, stage.dr.book.get(OTTO, event.id).version)
    return stage.dr.book.get(OTTO, event.id)


def confirmed(stage: Scene, *names: str) -> DrEvent:
    desk = stage.dr.desk
    event = desk.create(OTTO, new_event())
    event = desk.choose(OTTO, event.id, event.version, names)
    event = desk.invite(OTTO, event.id, event.version, officer="王科")
    for to in sorted({each.aggregator or each.enterprise for each in event.participants}):
        stage.answer(event.id, to, Answer.CAN, 150.0)
    stage.tick(BEFORE + timedelta(hours=1))
    event = desk.clear(OTTO, event.id, stage.dr.book.get(OTTO, event.id).version)
    return desk.confirm(OTTO, event.id, event.version, officer="王科")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, dr_template: Path) -> Path:
    """A folder in which the event of both accounts is confirmed."""
    folder = tmp_path_factory.mktemp("accounts")
    stage = scene(folder, dr_template)
    stage.ledger.registry.put_versions("system", enterprises=ENTERPRISES, accounts=ACCOUNTS, meters=METERS)
    put(stage, 600.0, 400.0, datetime(2026, 7, 18, tzinfo=ZONE), BEFORE)
    stage.ledger.dr.put_contracts("system", "test", [OWN, THROUGH])
    confirmed(stage, PART_A, PART_B)
    put(stage, 600.0, 400.0, BEFORE, START)
    stage.store.close()
    stage.ledger.close()
    return folder


@pytest.fixture
def two(tmp_path: Path, begun: Path) -> Iterator[Scene]:
    made = scene(tmp_path, begun)
    yield made
    made.store.close()
    made.ledger.close()


def test_each_account_is_asked_for_its_share_through_its_own_hands(two: Scene) -> None:
    [event] = two.dr.book.list(OTTO).items
    # 0.6 and 0.4 of the 400 kW that the whole can move, below both contracts of 300 kW.
    possible = {each.member: each.possible_kw for each in event.participants}
    assert possible == {PART_A: pytest.approx(240.0), PART_B: pytest.approx(160.0)}
    sent = [kept.notice for kept in two.notices.list(OTTO, reference=event.source).items]
    told = {(each.recipient.enterprise_id, each.kind): each.body for each in sent}
    assert "仅限户号 / these accounts only: 330209A" in told[OWNER, "dr.invitation"]
    assert "E009 户号 330209B：160 kW" in told[AGGREGATOR, "dr.invitation"]
    assert "450 kW" in told[OWNER, "dr.cleared"], "the mean load that keeps the promise is A's: 600 less 150"
    with pytest.raises(Invalid, match="E009:330209A, E009:330209B"):
        event.participant("E009")


@pytest.mark.parametrize(
    ("a_kw", "b_kw", "verdicts", "response_kw"),
    [
        # A gives 160 kW while B draws 160 kW more: the enterprise is where it was, and A has kept its promise.
        (440.0, 560.0, ("valid", "extreme"), (160.0, -160.0)),
        # B gives 160 kW: the enterprise is 160 kW lower, and A has done nothing.
        (600.0, 240.0, ("extreme", "valid"), (0.0, 160.0)),
    ],
)
def test_the_load_of_the_other_account_neither_helps_nor_hurts(
    two: Scene, a_kw: float, b_kw: float, verdicts: tuple[str, str], response_kw: tuple[float, float]
) -> None:
    put(two, a_kw, b_kw, START, END)
    event = settled(two)
    rows = two.dr.settlements.latest(OTTO, event.id).rows
    assert [row.member for row in rows] == [PART_A, PART_B]
    assert [(row.base_mean_kw, row.load_mean_kw) for row in rows] == [(600.0, a_kw), (400.0, b_kw)]
    assert tuple(row.validity for row in rows) == verdicts
    assert tuple(row.response_kw for row in rows) == response_kw
    # Two hours of 160 kW, below 1.2 x 150 kW, at 4 yuan; who is not valid is paid nothing.
    paid = [1_280.0 if verdict == "valid" else 0.0 for verdict in verdicts]
    assert [row.pay_yuan for row in rows] == pytest.approx(paid)
    kept = two.ledger.reductions.reductions(Span(START, END), verified_only=True)
    taken = {each.scope: each.reduction_kw.max() for each in kept}
    assert taken == {accounts_scope([each]): max(0.0, kw) for each, kw in zip((A, B), response_kw, strict=True)}
    # What one took off is put back into every total it is part of, and into no other account.
    totals = (MONITORED, enterprise_scope(OWNER), *taken)
    back = {scope: max(two.dr.review.review(OTTO, DAY, scope).reduction_kw) for scope in totals}
    assert back == {MONITORED: 160.0, enterprise_scope(OWNER): 160.0} | taken


def test_every_surface_names_the_accounts(two: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    put(two, 540.0, 400.0, START, START + timedelta(minutes=30))
    two.tick(START + timedelta(minutes=31))
    [event] = two.dr.book.list(OTTO).items
    pace = two.dr.pace.pace(event)
    first, second = sorted(pace.each, key=lambda each: each.member)
    assert (first.load_kw, first.reduction_kw) == (540.0, 60.0)
    assert first.mean_share == pytest.approx(0.4)
    assert (second.load_kw, second.reduction_kw) == (400.0, 0.0)
    assert pace.rescue.members == (PART_B, PART_A)
    dr_tables.pace(PaceOut.of(pace, ZONE, reveal=True))
    dr_tables.event(EventOut.of(event, ZONE))
    assert capsys.readouterr().out.count(PART_A) == 2
    put(two, 440.0, 400.0, START + timedelta(minutes=30), END)
    event = settled(two)
    tables = [b for b in two.dr.archive.paper(OTTO, event.id, "settlement").blocks if isinstance(b, Table)]
    assert tables[0].rows[0][0] == "双户厂（E009，户号 330209A）"
    assert tables[1].rows[1][0] == "双户厂（户号 330209B）"
    pack = two.dr.archive.evidence(OTTO, event.id)
    assert check(pack).sound
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        assert f"{PART_A},event,2026-07-28,63,440.0" in files.read("readings.csv").decode()


def test_with_contracts_of_all_its_accounts_in_one_hand_an_enterprise_takes_part_as_before(
    stage: Scene,
) -> None:
    stage.ledger.registry.put_versions("system", accounts=[Account(A, SINCE, EnterpriseId("E001"))])
    stage.ledger.dr.put_contracts("system", "test", [contract(A, kw=100.0)])
    event = confirmed(stage, "E001")
    [own] = event.participants
    assert (own.member, own.account, own.contracted_kw) == ("E001", "330201", 400.0)
    stage.load({"E001": 100.0}, START, END)
    settled(stage)
    with zipfile.ZipFile(io.BytesIO(stage.dr.archive.evidence(OTTO, event.id))) as files:
        event_json, settlement = (msgspec.json.decode(files.read(n)) for n in ("event.json", "settlement.json"))
    # Packs made before there were parts hold no such key: their bytes, and the root on signed paper, stay theirs.
    assert "accounts" not in event_json["event"]["participants"][0]
    assert "accounts" not in settlement["rows"][0]


@pytest.mark.parametrize(
    ("contracts", "parts"),
    [
        ([OWN], [("330209A",)]),
        ([OWN, contract(B)], [()]),
        ([OWN, THROUGH], [("330209A",), ("330209B",)]),
        ([contract(AccountId("gone"))], []),
    ],
)
def test_which_accounts_take_part_together(contracts: list[Contract], parts: list[tuple[str, ...]]) -> None:
    view = Registry(enterprises=ENTERPRISES, accounts=ACCOUNTS, meters=METERS).view(DAY)
    assert [each.accounts for each in parts_of(contracts, view)] == parts


def test_an_account_without_a_meter_leaves_the_enterprise_whole() -> None:
    view = Registry(enterprises=ENTERPRISES, accounts=ACCOUNTS, meters=METERS[:1]).view(DAY)
    assert [each.accounts for each in parts_of([OWN], view)] == [()]


@pytest.mark.parametrize(
    ("asked", "touched"),
    [
        (accounts_scope([A]), True),
        (enterprise_scope(OWNER), True),
        (accounts_scope([B]), False),
        (enterprise_scope("E001"), False),
    ],
)
def test_a_day_is_no_sample_when_the_account_or_its_enterprise_was_asked(asked: Scope, touched: bool) -> None:
    view = Registry(enterprises=ENTERPRISES, accounts=ACCOUNTS, meters=METERS).view(DAY)
    assert may_touch(accounts_scope([A]), view)(asked) is touched


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda stage: stage.ledger.registry.put_versions("s", meters=[TENANT]), "it supplies tenants"),
        (lambda stage: None, "too little is known of the load of its accounts"),
    ],
)
def test_what_cannot_be_told_apart_is_not_asked(stage: Scene, change: Callable[[Scene], None], said: str) -> None:
    stage.ledger.registry.put_versions("system", enterprises=ENTERPRISES, accounts=ACCOUNTS, meters=METERS)
    stage.ledger.dr.put_contracts("system", "test", [OWN])
    change(stage)
    event = stage.dr.desk.create(OTTO, new_event())
    [own] = [e for e in stage.dr.desk.candidates(OTTO, event.id).excluded if e.participant.member == PART_A]
    assert said in own.excluded


def test_figures_of_the_province_go_to_the_account_they_are_of(stage: Scene) -> None:
    view = Registry(enterprises=ENTERPRISES, accounts=ACCOUNTS, meters=METERS).view(DAY)
    event = stage.dr.desk.create(OTTO, new_event(kind=EventKind.MIRRORED))
    event = with_official(event, [Participant(OWNER, A, official_verified_kwh=300.0)], view)
    more = [Participant(OWNER, A, official_cleared_kw=150.0), Participant(OWNER, B, official_cleared_kw=90.0)]
    event = with_official(event, more, view)
    assert {e.member: (e.official_cleared_kw, e.official_verified_kwh) for e in event.participants} == {
        PART_A: (150.0, 300.0),
        PART_B: (90.0, None),
    }
    # Both at once are the whole enterprise, and their figures are added up.
    [whole] = with_official(stage.dr.book.get(OTTO, event.id), more, view).participants
    assert (whole.member, whole.official_cleared_kw) == ("E009", 240.0)
    with pytest.raises(Invalid, match="stands twice"):
        event.with_each(lambda each: Participant(each.enterprise, each.account))
