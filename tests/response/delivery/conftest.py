"""A desk on a real ledger, with clocks moved by hand, and senders whose channels the tests bring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from config.settings import Settings
from domain.ids import EnterpriseId
from domain.notices import Notice, NoticeClass, Recipient, ReplyRequest, Way
from domain.people import Principal, Role
from domain.registry import Contact, Enterprise
from response.delivery.channels import Channel, Delivered, Message, Outcome
from response.delivery.desk import NoticeDesk
from response.delivery.sender import Sender
from response.delivery.ways import Ways
from storage.ledger import SqlLedger
from tests.support.clock import HandClock

OFFICER = Principal("wang", Role.OFFICER)
E001, E002 = EnterpriseId("E001"), EnterpriseId("E002")
#: 14:00 in the district, a working afternoon.
AFTERNOON = datetime(2026, 7, 20, 6, 0, tzinfo=UTC)


class Recorder:
    """A channel that keeps what it was given and answers what the test has laid ready, then Delivered."""

    def __init__(self, name: str = "sms", *, reaches_people: bool = True) -> None:
        self.name = name
        self.reaches_people = reaches_people
        self.sent: list[Message] = []
        self.answers: list[Outcome] = []

    def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else Delivered(f"proof-{len(self.sent)}")


class Plant:
    """Routes are a table of the test: recipient -> ways."""

    def __init__(self, ledger: SqlLedger, **settings: Any) -> None:
        self.ledger = ledger
        self.settings = Settings.model_validate({"notices": {"group_s": 0, **settings}})
        self.clock, self.machine = HandClock(AFTERNOON), HandClock(AFTERNOON)
        self.bus, self.metrics = InProcessBus(), PrometheusMetrics()
        self.routes: dict[Recipient, list[Way]] = {}
        self.names = {"mqtt", "sms", "email", "dingtalk"}
        ways = Ways(
            ledger.registry.registry,
            lambda recipient: self.routes.get(recipient) or [r.way for r in ledger.duty.routes(recipient)],
            lambda: date(2026, 7, 20),
            lambda: self.names,
        )
        notices = self.settings.notices
        self.desk = NoticeDesk(
            ledger.notices, ledger.duty, ledger.alerts, ways, notices, self.clock, self.machine, self.bus
        )

    def sender(self, channel: Channel, **more: Any) -> Sender:
        zone = self.settings.district.zone
        return Sender(
            channel, self.ledger.notices, self.settings.notices, zone, self.clock, self.machine, self.metrics, **more
        )

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.machine.advance(seconds)


@pytest.fixture
def plant(tmp_path: Path, sqlite_ledger_file: Path) -> Iterator[Plant]:
    with closing(open_ledger(sqlite_ledger_file, tmp_path)) as ledger:
        yield Plant(ledger)


def open_ledger(template: Path, folder: Path) -> SqlLedger:
    path = folder / "ledger.sqlite"
    path.write_bytes(template.read_bytes())
    return SqlLedger(f"sqlite:///{path}", clock=HandClock(AFTERNOON))


@pytest.fixture(scope="session")
def sqlite_ledger_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two enterprises; E002 has nobody to call."""
    path = tmp_path_factory.mktemp("delivery") / "ledger.sqlite"
    ledger = SqlLedger(f"sqlite:///{path}", clock=HandClock(AFTERNOON))
    contacts = (Contact("王工", "13812345678"), Contact("李工", "13987654321"))
    since = date(2020, 1, 1)
    ledger.registry.put_versions(
        "system", enterprises=[Enterprise(E001, since, "甲厂", contacts=contacts), Enterprise(E002, since, "乙厂")]
    )
    ledger.close()
    return path


def invitation(enterprise: EnterpriseId = E001, **changes: Any) -> Notice:
    """A call that asks for an answer within two hours."""
    asked = ReplyRequest("dr.invitation", int(AFTERNOON.timestamp() * 1000) + 7_200_000, max_kw=500.0)
    call = Notice(
        "dr.invitation",
        NoticeClass.CALL,
        "削峰响应邀约",
        "7月21日 14:00-16:00",
        Recipient(enterprise_id=enterprise),
        "dr:2026-07-21-1",
        reply=asked,
        confirmed_by="wang",
    )
    return replace(call, **changes)


def information(number: int = 1, enterprise: EnterpriseId = E001, **changes: Any) -> Notice:
    told = Notice(
        "alert.firing",
        NoticeClass.INFORMATION,
        f"告警 {number}",
        "负荷超过核定需量",
        Recipient(enterprise_id=enterprise),
        f"alert:{number}",
    )
    return replace(told, **changes)
