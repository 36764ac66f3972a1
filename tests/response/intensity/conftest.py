from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter
from storage.ledger import SqlLedger
from tests.response.intensity.district import E1, E2, E3, NOW
from tests.support.clock import HandClock


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(NOW))
    opened.registry.put_versions(
        "system",
        enterprises=[
            Enterprise(E1, ALWAYS, "甲", sector="C39"),
            Enterprise(E2, ALWAYS, "乙", sector="C39"),
            Enterprise(E3, ALWAYS, "丙", sector="C17"),
        ],
        accounts=[Account(AccountId(f"A{n}"), ALWAYS, EnterpriseId(f"E00{n}")) for n in (1, 2, 3)],
        meters=[Meter(MeterId(f"M{n}"), ALWAYS, AccountId(f"A{n}"), interval_s=900) for n in (1, 2, 3)],
    )
    yield opened
    opened.close()
