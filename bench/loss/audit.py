"""The comparison: the publisher's book against what the store and the quarantine hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from bench.loss.plant import Plant

Item = tuple[str, str]
#: Where each kind of wrong message must be found.
REASONS = {"stranger": "unknown_meter", "broken": "malformed_json", "conflict": "conflict"}


@dataclass
class Finding:
    """sent, stored, ... : the figures of the last line; ``differences`` : empty when all is as it must be."""

    sent: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    pending: int = 0
    late: int = 0
    doubtful: int = 0
    doubtful_stored: int = 0
    repeats: int = 0
    quarantined_twice: int = 0
    missing: list[int] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"sent {self.sent} stored {self.stored} duplicates {self.duplicates} quarantined {self.quarantined} "
            f"pending {self.pending} late {self.late}"
        )


def compare(site: Plant) -> Finding:
    """The product must be stopped. Keys and values are compared one by one."""
    book, load = site.publisher.book, site.publisher.load
    rows = site.rows()
    held = dict(rows)
    found = Finding(sent=len(book.good), late=len(book.late), repeats=book.repeats, doubtful=len(book.doubtful))
    found.duplicates = len(rows) - len(held)
    found.missing = sorted(number for number in book.good if load.key(number) not in held)
    found.stored = len(book.good) - len(found.missing)
    found.doubtful_stored = sum(load.key(number) in held for number in book.doubtful)
    found.pending = site.journal()[1]
    if found.missing:
        found.differences.append(f"{len(found.missing)} missing, the first {found.missing[:5]}")
    if found.duplicates:
        found.differences.append(f"{found.duplicates} rows too many")
    ours = {load.key(number): number for number in book.good | book.doubtful}
    strange = [key for key in held if key not in ours]
    if strange:
        found.differences.append(f"{len(strange)} rows nobody sent, such as {strange[0]}")
    altered = [number for key, number in ours.items() if key in held and held[key] != load.power_kw(number)]
    if altered:
        found.differences.append(f"{len(altered)} with another value, the first {altered[:5]}")
    if found.pending:
        found.differences.append(f"{found.pending} records still in the journal")
    _compare_quarantine(site, found)
    if damaged := site.damaged():
        found.differences.append(f"the journal is damaged ({damaged})")
    if wrong := [code for code in site.exits if code]:
        found.differences.append(f"SIGTERM ended with {wrong}")
    if site.deaths:
        found.differences.append(f"the product ended by itself with {site.deaths}")
    return found


def _compare_quarantine(site: Plant, found: Finding) -> None:
    book, load = site.publisher.book, site.publisher.load
    held = Counter(item_of(reason, payload) for reason, payload in site.quarantined())
    # What the herald sent before the audit began is not of it.
    del held[item_of("no_timestamp", "{}")]
    makers = {"stranger": load.stranger, "broken": load.broken, "conflict": load.conflict}

    def expected(wrong: set[tuple[str, int]]) -> set[Item]:
        return {item_of(REASONS[kind], makers[kind](number)[1].decode()) for kind, number in wrong}

    wanted = expected(book.wrong)
    found.quarantined = len(wanted & held.keys())
    found.quarantined_twice = sum(count - 1 for count in held.values())
    if lost := wanted - held.keys():
        found.differences.append(f"{len(lost)} wrong messages are not in quarantine, such as {min(lost)}")
    if found.quarantined_twice:
        found.differences.append(f"{found.quarantined_twice} items in quarantine stand twice")
    if unjust := held.keys() - wanted - expected(book.doubtful_wrong):
        found.differences.append(f"{len(unjust)} good messages in quarantine, such as {min(unjust)}")


def item_of(reason: str, payload: str) -> Item:
    """What tells an item from any other; one reading of a message is kept in words of our own, not as it came."""
    try:
        values = json.loads(payload)
    except ValueError:
        return reason, payload
    return reason, f"{values.get('ts')} {values.get('p_kw')}"
