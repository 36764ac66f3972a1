"""The table of kinds of report. A kind says how its document is built; the desk does the rest for all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import Invalid, NotFound
from domain.ids import EnterpriseId, parse_enterprise_id
from domain.people import Principal
from domain.report import Block
from domain.report_versions import Source
from domain.runs import Progress
from response.reports.periods import Period, PeriodForm


class SubjectForm(StrEnum):
    DISTRICT = "district"
    ENTERPRISE = "enterprise"  # written enterprise:E001
    REFERENCE = "reference"  # an event, an order: ref:ID


@dataclass(frozen=True, slots=True)
class Request:
    """What a builder is asked for. It asks as ``principal``, so the scope is checked where data are read."""

    principal: Principal
    subject: str
    period: Period
    now: datetime
    progress: Progress

    @property
    def enterprise(self) -> EnterpriseId:
        return EnterpriseId(self.subject.partition(":")[2])

    @property
    def reference(self) -> str:
        return self.subject.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a builder found. sources : every reading, import and table of factors the figures stand on"""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    sources: tuple[Source, ...]
    source_note: str = ""
    drill: bool = False


@dataclass(frozen=True, slots=True)
class ReportKind:
    """id : as in commands and addresses; confidential : names of enterprises may leave only by an officer"""

    id: str
    name_zh: str
    name_en: str
    subject: SubjectForm
    period: PeriodForm
    build: Callable[[Request], Draft]
    confidential: bool = True


class ReportKinds:
    """Kinds by id."""

    def __init__(self, kinds: Iterable[ReportKind]) -> None:
        self._kinds: dict[str, ReportKind] = {}
        for kind in kinds:
            if kind.id in self._kinds:
                raise Invalid(f"two kinds of report are called {kind.id}")
            self._kinds[kind.id] = kind

    def __iter__(self) -> Iterator[ReportKind]:
        return iter(self._kinds.values())

    def of(self, kind: str) -> ReportKind:
        found = self._kinds.get(kind)
        if found is None:
            known = "、".join(self._kinds)
            raise NotFound(f"没有报告类型 {kind!r}，现有 {known} / there is no kind of report {kind!r}")
        return found


def parse_subject(kind: ReportKind, text: str) -> str:
    """As it is kept: ``district``, ``enterprise:E001``, ``ref:ID``. Raises Invalid."""
    if kind.subject is SubjectForm.DISTRICT:
        if text not in ("", "district"):
            raise Invalid(f"{kind.name_zh}是全区报告 / {kind.id} is of the district, not of {text!r}")
        return "district"
    prefix = "enterprise" if kind.subject is SubjectForm.ENTERPRISE else "ref"
    ident = text.removeprefix(f"{prefix}:")
    if not ident:
        raise Invalid(f"{kind.name_zh}要指定对象，如 {prefix}:ID / {kind.id} needs a subject such as {prefix}:ID")
    return f"{prefix}:{parse_enterprise_id(ident)}"
