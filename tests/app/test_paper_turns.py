"""The daily report at 08:00 and tomorrow's pack at 16:00 are drafted once, by the district clock."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.paper_turns import PaperTurns
from app.reports import open_reports
from config.settings import Settings
from domain.people import SYSTEM
from domain.references import Quota
from domain.scopes import MONITORED
from monitor.runs import Runs
from response.orderly.papers import orderly_kinds
from tests.response.orderly.season import DAY, season

ZONE = ZoneInfo("Asia/Shanghai")


def test_papers_are_drafted_once_at_their_hour(tmp_path: Path) -> None:
    with season(tmp_path) as own, Runs(own.ledger.results, own.clock, program="test") as runs:
        tomorrow = DAY.astimezone(ZONE).date() + timedelta(days=1)
        own.ledger.references.put_quota(Quota(MONITORED, tomorrow, (7000.0,) * 96, "3号", "otto"))
        kinds = orderly_kinds(own.desk, "高新区", ZONE)
        reports = open_reports(Settings(), own.ledger, own.clock, runs, kinds)
        turns = PaperTurns(own.desk, reports, own.clock, ZONE)
        own.clock.set(DAY + timedelta(hours=7, minutes=59))
        turns.tick()
        assert reports.versions(SYSTEM).items == ()
        for hours in (8, 9, 16, 17):
            own.clock.set(DAY + timedelta(hours=hours, minutes=1))
            turns.tick()
            turns.tick()
        deadline = time.monotonic() + 60
        while not all(run.state.is_over for run in runs.list(SYSTEM).items):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert [run.problem for run in runs.list(SYSTEM).items] == ["", ""]
        found = {(each.kind, each.period) for each in reports.versions(SYSTEM).items}
        yesterday = (tomorrow - timedelta(days=2)).isoformat()
        assert found == {("orderly-daily", yesterday), ("orderly-pack", tomorrow.isoformat())}
