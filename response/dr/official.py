"""The province's figures are of accounts: to whom of an event each one belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.dr import DrEvent, Participant
from domain.ids import EnterpriseId
from domain.registry import RegistryView
from response.dr.parts import accounts_apart

_FIGURES = ("official_declared_kw", "official_cleared_kw", "official_verified_kw", "official_verified_kwh")


def with_official(event: DrEvent, rows: Sequence[Participant], view: RegistryView) -> DrEvent:
    """The event with the figures of these accounts; those of one who takes part are added up.

    Who is not in the event yet is added: with the accounts that are told, or whole where it draws load through no other
    """
    told: dict[str, list[Participant]] = {}
    new: dict[EnterpriseId, list[Participant]] = {}
    for row in rows:
        known = next((each for each in event.participants if _is_of(row, each)), None)
        if known is None:
            new.setdefault(row.enterprise, []).append(row)
        else:
            told.setdefault(known.member, []).append(row)
    kept = tuple(_with(each, told.get(each.member, ())) for each in event.participants)
    return replace(event, participants=kept + tuple(_added(own, view) for own in new.values()))


def _is_of(row: Participant, each: Participant) -> bool:
    return row.enterprise == each.enterprise and (not each.accounts or row.account in each.accounts)


def _added(rows: Sequence[Participant], view: RegistryView) -> Participant:
    enterprise = rows[0].enterprise
    accounts = accounts_apart(enterprise, (row.account for row in rows), view)
    return _with(Participant(enterprise, rows[0].account, accounts=accounts), rows)


def _with(known: Participant, rows: Sequence[Participant]) -> Participant:
    """What no account has stays as it was."""
    figures = {}
    for name in _FIGURES:
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        if values:
            figures[name] = sum(values)
    return replace(known, **figures)
