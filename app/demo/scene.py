"""Sets the scene: accounts, registry, figures of the officers, and weeks of history."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from app.demo.statements import enter_statements
from config.policy import load_policy
from domain.dr import Contract
from domain.ids import EnterpriseId
from domain.instants import Span
from domain.people import Role
from domain.registry import Registry
from ingest.twin import history
from ingest.twin.story import ACTOR, Story
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore

RECENT = timedelta(hours=4)
#: Between two days of the past, so that the story's own day is not held up.
PAUSE_S = 0.15
PASSWORD = "yingfeng-demo-2026"
PEOPLE = (
    ("admin", Role.ADMINISTRATOR, "管理员 administrator"),
    ("officer", Role.OFFICER, "值班员 duty officer"),
    ("viewer", Role.VIEWER, "查看 viewer"),
    ("enterprise", Role.ENTERPRISE, "企业 enterprise"),
)


def set_scene(story: Story, ledger: Ledger, store: ReadingStore, say: Callable[[str], None]) -> None:
    registry = story.registry
    ledger.registry.put_versions(
        ACTOR,
        enterprises=registry.enterprises,
        accounts=registry.accounts,
        meters=registry.meters,
        source="district twin",
    )
    ledger.dr.put_contracts(ACTOR, "district twin", list(contracts(registry, story.day)))
    for quota in story.quotas:
        ledger.references.put_quota(quota)
    for reference in story.references:
        ledger.references.put_reference(reference)
    ledger.references.put_official_level(story.official_level)
    for hours in story.weather():
        ledger.weather.put(hours, actor=ACTOR)
    enter_statements(story, ledger)
    people = threading.Thread(target=create_people, args=(ledger, registry.enterprises[0].id))
    people.start()
    say(f"台账 registry: {len(registry.enterprises)} enterprises, {len(story.district.meters)} meters")
    for rows in story.demand():
        store.write_demand(rows)
    # The engine's windows begin with the last hours; older readings follow while the page is open already.
    for batch in history.readings(story.district, registry, Span(story.start - RECENT, story.start)):
        store.write(batch)
    people.join()
    say("历史负荷已就绪 weeks of history are in the store")


def contracts(registry: Registry, day: date) -> Iterator[Contract]:
    """Of the enterprises with a demand-response contract, for each programme of the day's policy."""
    view = registry.view(day)
    programmes = [each.id for each in load_policy().programmes.programme]
    for enterprise in view.enterprises.values():
        accounts = view.accounts_of(enterprise.id)
        if enterprise.dr_contract and enterprise.dr_contract_kw and accounts:
            for programme in programmes:
                first = date(day.year, 1, 1)
                yield Contract(accounts[0].id, programme, first, None, enterprise.dr_contract_kw)


def write_past(story: Story, store: ReadingStore, stop: threading.Event) -> None:
    """The year before, for whoever looks at a season."""
    for rows in story.past():
        if stop.wait(PAUSE_S):
            return
        store.write_demand(rows)


def write_readings(story: Story, store: ReadingStore, stop: threading.Event) -> None:
    """The readings behind the history, for whoever looks at a single meter: repeats of recent ones change nothing."""
    for batch in story.history():
        if stop.is_set():
            return
        store.write(batch)


def create_people(ledger: Ledger, enterprise: EnterpriseId) -> None:
    """Hashing a password is slow on purpose, so this runs beside the writing of history."""
    for name, role, _ in PEOPLE:
        owner = enterprise if role is Role.ENTERPRISE else None
        ledger.people.create_user(ACTOR, name, PASSWORD, role, owner)
