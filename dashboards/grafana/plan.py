"""What applying would change in a Grafana: a pure comparison of what is there with what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Set by Grafana on every save, so never a difference.
GRAFANAS_OWN = frozenset({"id", "version"})

Document = Mapping[str, Any]


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    KEEP = "keep"


class Kind(StrEnum):
    FOLDER = "folder"
    SOURCE = "data source"
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard and the folder it lies in."""

    folder: str
    document: Document


@dataclass(frozen=True, slots=True)
class GrafanaState:
    """What a Grafana holds of ours. Folders: title by uid; data sources and dashboards: by uid."""

    folders: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Document] = field(default_factory=dict)
    boards: Mapping[str, Board] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing and what happens to it; ``differences`` are places such as ``panels.3.targets.0.query``."""

    action: Action
    kind: Kind
    uid: str
    title: str
    differences: tuple[str, ...] = ()

    def __str__(self) -> str:
        sign = {Action.CREATE: "+", Action.UPDATE: "~", Action.KEEP: "="}[self.action]
        places = f": {', '.join(self.differences[:5])}" if self.differences else ""
        more = f" and {len(self.differences) - 5} more" if len(self.differences) > 5 else ""
        return f"{sign} {self.kind} {self.title} ({self.uid}){places}{more}"


@dataclass(frozen=True, slots=True)
class Plan:
    changes: tuple[Change, ...]

    @property
    def pending(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is not Action.KEEP)

    def __str__(self) -> str:
        lines = [str(change) for change in self.changes]
        count = len(self.pending)
        lines.append(f"{count} 项待更改 {count} to change" if count else "已是最新 up to date")
        return "\n".join(lines)


def differences(current: Any, wanted: Any, place: str = "") -> list[str]:
    """Places at which two documents differ, in order."""
    if isinstance(current, Mapping) and isinstance(wanted, Mapping):
        found = []
        for key in sorted({*current, *wanted}):
            below = f"{place}.{key}" if place else str(key)
            if key not in current or key not in wanted:
                found.append(below)
            else:
                found += differences(current[key], wanted[key], below)
        return found
    if isinstance(current, list) and isinstance(wanted, list) and len(current) == len(wanted):
        pairs = enumerate(zip(current, wanted, strict=True))
        return [item for i, (a, b) in pairs for item in differences(a, b, f"{place}.{i}")]
    return [] if current == wanted else [place]


def _without_grafanas_own(document: Document) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in GRAFANAS_OWN}


def _source_differences(current: Document, wanted: Document) -> list[str]:
    """Only what we set counts: Grafana adds fields of its own to a data source, and shows of secrets only that they are
    set, so a secret that changed cannot be seen here."""
    settable = {key: value for key, value in wanted.items() if key not in ("secureJsonData", "jsonData")}
    found = differences({key: current.get(key) for key in settable}, settable)
    json_data = current.get("jsonData") or {}
    wanted_data = wanted.get("jsonData", {})
    found += differences({key: json_data.get(key) for key in wanted_data}, dict(wanted_data), "jsonData")
    present = current.get("secureJsonFields") or {}
    found += [f"secureJsonData.{key}" for key in sorted(wanted.get("secureJsonData", {})) if not present.get(key)]
    return found


def _change(kind: Kind, uid: str, title: str, *, there: bool, found: list[str]) -> Change:
    if not there:
        return Change(Action.CREATE, kind, uid, title)
    return Change(Action.UPDATE if found else Action.KEEP, kind, uid, title, tuple(found))


def plan(current: GrafanaState, wanted: GrafanaState) -> Plan:
    """Changes that turn ``current`` into ``wanted``, in the order they must be made. What else is there stays."""
    changes = []
    for uid, title in wanted.folders.items():
        found = [] if current.folders.get(uid) == title else ["title"]
        changes.append(_change(Kind.FOLDER, uid, title, there=uid in current.folders, found=found))
    for uid, source in wanted.sources.items():
        existing = current.sources.get(uid)
        found = _source_differences(existing, source) if existing is not None else []
        changes.append(_change(Kind.SOURCE, uid, str(source["name"]), there=existing is not None, found=found))
    for uid, board in wanted.boards.items():
        present = current.boards.get(uid)
        found = [] if present is None else _board_differences(present, board)
        title = str(board.document["title"])
        changes.append(_change(Kind.DASHBOARD, uid, title, there=present is not None, found=found))
    return Plan(tuple(changes))


def _board_differences(current: Board, wanted: Board) -> list[str]:
    moved = ["folder"] if current.folder != wanted.folder else []
    return moved + differences(_without_grafanas_own(current.document), _without_grafanas_own(wanted.document))
