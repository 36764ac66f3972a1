"""Who came, went or moved between a period and the same one a year before: why a figure differs from an older paper."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

import numpy as np

from domain.ids import EnterpriseId
from domain.months import same_month
from domain.registry import Enterprise
from domain.sectors import division
from response.intensity.books import Books
from response.intensity.figures import Accounts

#: So many are named in one sentence.
MOST_NAMED = 8


class ScopeChangeKind(StrEnum):
    JOINED = "joined"
    LEFT = "left"
    OPENED = "opened"
    GONE = "gone"
    MOVED = "moved"
    NO_BASE = "no_base"

    @property
    def told(self) -> str:
        """What it is and what it does to the figures."""
        return _TOLD[self]


_TOLD = {
    ScopeChangeKind.JOINED: "新进规上，两年均计入 / joined the list above scale: counted in both years",
    ScopeChangeKind.LEFT: "退出规上，两年均不计入 / left the list above scale: counted in neither year",
    ScopeChangeKind.OPENED: "本区新登记，两年均计入 / new in the registry: counted in both years",
    ScopeChangeKind.GONE: "已注销、迁出或不在登记簿，两年均不计入 / registered no more: counted in neither year",
    ScopeChangeKind.MOVED: "行业变更，两年均按现行业 / moved to another sector: counted there in both years",
    ScopeChangeKind.NO_BASE: "缺上年同期报表，同比无法计算 / no statements a year before: no change can be told",
}


@dataclass(frozen=True, slots=True)
class ScopeChange:
    """since : the day it took place, None = by the list of the year; before, after : sectors of one that moved"""

    kind: ScopeChangeKind
    enterprise: EnterpriseId
    since: date | None = None
    before: str = ""
    after: str = ""


def scope_changes(
    books: Books, accounts: Accounts, chosen: Sequence[EnterpriseId], *, scope_year: int | None, everyone: bool
) -> tuple[ScopeChange, ...]:
    """Of the period of ``accounts``, against the same months a year before.

    everyone : the question is about all there are, so that those who are not counted are told, too
    """
    first, last = accounts.now.months[0], accounts.now.months[-1]
    listed = None if scope_year is None else books.energy.scope(scope_year)
    before = frozenset() if scope_year is None else books.energy.scope(scope_year - 1)
    found = list(_by_registry(books, chosen, same_month(first, years=-1), last, listed, everyone=everyone))
    if everyone and listed is not None and before:
        registered = books.view(last).enterprises
        found += [ScopeChange(ScopeChangeKind.JOINED, each) for each in listed - before if each in registered]
        found += [ScopeChange(ScopeChangeKind.LEFT, each) for each in before - listed]
    found += [ScopeChange(ScopeChangeKind.NO_BASE, each) for each in _without_base(accounts, chosen)]
    order = list(ScopeChangeKind)
    return tuple(sorted(found, key=lambda each: (order.index(each.kind), each.enterprise)))


def told(changes: Sequence[ScopeChange], names: Mapping[str, str]) -> str:
    """One sentence, 中文 / English; empty where nothing changed."""
    chinese, english = [], []
    for kind in ScopeChangeKind:
        of_kind = [each for each in changes if each.kind is kind]
        if not of_kind:
            continue
        named = [_named(each, names) for each in of_kind[:MOST_NAMED]]
        zh, _, en = kind.told.partition(" / ")
        more = len(of_kind) - len(named)
        chinese.append(f"{zh}{len(of_kind)}户（{'、'.join(named)}{'等' if more else ''}）")
        english.append(f"{en}: {len(of_kind)} ({', '.join(named)}{f' and {more} more' if more else ''})")
    return f"{'；'.join(chinese)} / {'; '.join(english)}" if chinese else ""


def _named(change: ScopeChange, names: Mapping[str, str]) -> str:
    name = names.get(change.enterprise, change.enterprise)
    return f"{name} {change.before}→{change.after}" if change.kind is ScopeChangeKind.MOVED else name


def _by_registry(
    books: Books,
    chosen: Sequence[EnterpriseId],
    since: date,
    last: date,
    listed: Collection[EnterpriseId] | None,
    *,
    everyone: bool,
) -> Iterator[ScopeChange]:
    counted, here = set(chosen), books.view(last).enterprises
    histories: dict[EnterpriseId, list[Enterprise]] = {}
    for version in sorted(books.registry.registry().enterprises, key=lambda each: each.valid_from):
        if version.valid_from <= last:
            histories.setdefault(version.id, []).append(version)
    for enterprise, versions in histories.items():
        newest = versions[-1]
        if enterprise in counted:
            yield from _moves(versions, since)
            if versions[0].valid_from > since:
                yield ScopeChange(ScopeChangeKind.OPENED, enterprise, versions[0].valid_from)
        elif everyone and newest.closed and (newest.valid_from > since if listed is None else enterprise in listed):
            yield ScopeChange(ScopeChangeKind.GONE, enterprise, newest.valid_from)
    if everyone and listed is not None:
        yield from (ScopeChange(ScopeChangeKind.GONE, each) for each in set(listed) - set(here) - set(histories))


def _moves(versions: Sequence[Enterprise], since: date) -> Iterator[ScopeChange]:
    for old, new in pairwise(versions):
        before, after = division(old.sector), division(new.sector)
        if new.valid_from > since and before != after:
            yield ScopeChange(ScopeChangeKind.MOVED, new.id, new.valid_from, before, after)


def _without_base(accounts: Accounts, chosen: Sequence[EnterpriseId]) -> Iterator[EnterpriseId]:
    """Those with every statement of the period and not every one of a year before."""
    if accounts.before is None or not chosen:
        return
    rows = accounts.rows(chosen)
    now, before = accounts.now.stated[rows].all(axis=1), accounts.before.stated[rows].all(axis=1)
    yield from (chosen[place] for place in np.flatnonzero(now & ~before).tolist())
