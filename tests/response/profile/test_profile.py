"""The page for a visit over a real store and ledger: its figures, what is missing, and who sees whose telephone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pytest

from app.wiring import open_profiles
from config.settings import Settings
from domain.errors import Forbidden
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, to_ms
from domain.people import SYSTEM, Principal, Role
from domain.reductions import Reduction
from domain.registry import Account, Contact, Enterprise, Meter
from domain.report import Chart, Document, Facts, Heading, Table
from domain.scopes import enterprise_scope
from response.profile.desk import ProfileDesk
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock
from tests.support.loads import measured

START = datetime(2026, 3, 29, 16, tzinfo=UTC)  # midnight of Monday 30 March in Ningbo
DAYS = 120
SINCE = date(2020, 1, 1)
KNOWN = Enterprise(
    EnterpriseId("E1"),
    SINCE,
    "甬江机械",
    security_load_kw=200.0,
    shiftable_kw=100.0,
    avoidable_kw=100.0,
    contacts=(Contact("王工", "13812345678"),),
)


@dataclass
class Parts:
    desk: ProfileDesk
    ledger: SqlLedger

    def document(self, ident: str = "E1", principal: Principal = SYSTEM, *, reveal: bool = False) -> Document:
        return self.desk.document(principal, EnterpriseId(ident), reveal=reveal)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    clock = HandClock(START + timedelta(days=DAYS, hours=9))
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    ids = ("E1", "E2")
    ledger.registry.put_versions(
        "test",
        enterprises=[KNOWN, Enterprise(EnterpriseId("E2"), SINCE, "无数据企业")],
        accounts=[Account(AccountId(f"33{each}"), SINCE, EnterpriseId(each)) for each in ids],
        meters=[Meter(MeterId(f"M{each}"), SINCE, AccountId(f"33{each}")) for each in ids],
    )
    load = np.full((DAYS, 96), 150.0)
    load[:, 32:72] = np.where(np.arange(DAYS) % 7 < 5, 900.0, 200.0)[:, None]
    store = MemoryStore()
    store.write_demand(measured(enterprise_scope("E1"), START, load))
    ts_ms = to_ms(START) + (60 * 96 + 56 + np.arange(8, dtype=np.int64)) * BLOCK_MS
    ledger.reductions.put_reductions(
        "test", [Reduction(enterprise_scope("E1"), ts_ms, np.full(8, 80.0), "dr:2026-05-29", verified=True)]
    )
    yield Parts(open_profiles(Settings(), store, ledger, clock), ledger)
    store.close()
    ledger.close()


def facts_of(document: Document) -> dict[str, Any]:
    return {label: value for block in document.blocks if isinstance(block, Facts) for label, value in block.pairs}


def test_the_page_has_figures_curves_potential_and_events(parts: Parts) -> None:
    document = parts.document()
    facts = facts_of(document)
    # Four months are no year: the quarter known best has figures, and the page says whose they are.
    assert (facts["统计期"], facts["最大负荷"][:6]) == ("26-04-01 至 26-06-30", "900 kW")
    assert facts["数据质量"] == "近一年 365 天中 120 天完整"
    assert facts["可错峰/避峰/限"] == "100 / 100 / — kW"
    assert facts["空调灵敏度"] == "缺少气温数据"
    assert "误差" in facts["建议基线方法"]
    curve, by_hour = (block for block in document.blocks if isinstance(block, Chart))
    workday, weekend = (series.values[10] for series in curve.series[:2])
    assert workday is not None
    assert 880 < workday <= 900  # a few make-up workdays and holidays fall otherwise than the shift
    assert weekend == pytest.approx(200.0)
    assert by_hour.series[0].values[15] == pytest.approx(200.0)
    assert by_hour.series[0].values[3] == 0.0  # nothing above the security load at night
    potential, events = (block for block in document.blocks if isinstance(block, Table))
    assert potential.rows[0][1:5] == (900.0, 200.0, 200.0, 100.0)
    assert events.rows == (("dr:2026-05-29", date(2026, 5, 29), 2.0, 80.0, "已核定"),)
    assert document.compact


def test_without_data_the_page_says_what_is_missing(parts: Parts) -> None:
    document = parts.document("E2")
    facts = facts_of(document)
    assert facts["最大负荷"] == "— kW"
    assert facts["建议基线方法"] == "可检验的工作日太少"
    assert not [block for block in document.blocks if isinstance(block, Chart)]
    said = " ".join(block.text for block in document.blocks if isinstance(block, Heading))
    assert "没有" in said


def test_telephones_are_masked_unless_an_officer_asks_and_that_is_recorded(parts: Parts) -> None:
    assert facts_of(parts.document())["联系人"] == "王工 138****5678"
    viewer = Principal("vera", Role.VIEWER)
    with pytest.raises(Forbidden):
        parts.document(principal=viewer, reveal=True)
    assert facts_of(parts.document(reveal=True))["联系人"] == "王工 13812345678"
    assert [entry.action for entry in parts.ledger.audit.entries().items].count("contacts.reveal") == 1


def test_an_enterprise_gets_its_own_page_and_no_other(parts: Parts) -> None:
    emil = Principal("emil", Role.ENTERPRISE, EnterpriseId("E2"))
    assert parts.document("E2", emil).subtitle.startswith("无数据企业")
    with pytest.raises(Forbidden):
        parts.document("E1", emil)


def test_the_file_is_word_with_two_facts_a_line(parts: Parts) -> None:
    word = docx.Document(io.BytesIO(parts.desk.docx(SYSTEM, EnterpriseId("E1"))))
    assert len(word.tables[0].columns) == 4
    assert word.sections[0].page_height is not None
    assert round(word.sections[0].page_height.cm, 1) == 29.7
