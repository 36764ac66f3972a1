"""What a change of the registry touches: the days from which it is in force until now are to be derived again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta, tzinfo

from domain.instants import Span, day_span, local_date
from domain.registry import Account, Enterprise, Meter, Registry
from domain.registry_checks import Version
from storage.revision_ports import REGISTRY, DirtyMark, marks_of

#: Days further back are left as they are: `yingfeng store roll-up`, or an import of them, derives those.
MOST_DAYS = 400
#: Fields no figure of load rests on.
_NAMES = {
    Enterprise: {"id", "valid_from", "name", "credit_code", "contacts"},
    Account: {"id", "valid_from"},
    Meter: {"id", "valid_from"},
}
#: Where the meter counts: with these the scopes it left change too.
_PLACES = {"account", "role", "landlord"}


def registry_marks(
    changed: Iterable[tuple[Version | None, Version]], present: Registry, now: datetime, zone: tzinfo
) -> list[DirtyMark]:
    """changed : (version at that day before, version put there); present : the registry before

    What was not known before has no readings, for ingest refuses those: it touches nothing.
    """
    today = local_date(now, zone)
    spans: dict[datetime, set[str] | None] = {}
    for old, new in changed:
        before = old if old is not None else _in_force(present, new)
        differs = set() if before is None else _differing(before, new)
        if before is None or not differs or new.valid_from > today:
            continue
        first = max(new.valid_from, today - timedelta(days=MOST_DAYS))
        start = day_span(first, zone).start
        alone = isinstance(new, Meter) and not differs & _PLACES
        known = spans.get(start, set())
        spans[start] = known | {new.id} if alone and known is not None else None
    return [
        mark
        for start, meters in sorted(spans.items())
        if start < now
        for mark in marks_of(Span(start, now), None if meters is None else frozenset(meters), REGISTRY, zone)
    ]


def _in_force(present: Registry, new: Version) -> Version | None:
    """The version of the same entity that held on that day so far."""
    of_kind: Iterable[Version]
    if isinstance(new, Enterprise):
        of_kind = present.enterprises
    else:
        of_kind = present.accounts if isinstance(new, Account) else present.meters
    earlier = [v for v in of_kind if v.id == new.id and v.valid_from <= new.valid_from]
    return max(earlier, key=lambda v: v.valid_from, default=None)


def _differing(before: Version, new: Version) -> set[str]:
    names = {field.name for field in fields(new)} - _NAMES[type(new)]
    return {name for name in names if getattr(before, name) != getattr(new, name)}
