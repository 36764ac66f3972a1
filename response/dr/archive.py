"""What an event leaves behind: papers, the evidence pack, the year's subsidy. Every question checks who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from config.programmes import ProgrammeTable
from domain.clock import Clock
from domain.dr import DrEvent, EventKind, Participant
from domain.dr_records import Settlement
from domain.dr_states import EventState
from domain.errors import Invalid, NotFound
from domain.instants import days_span, from_ms, local_date
from domain.people import Principal
from domain.report import Document
from response.dr import papers
from response.dr import subsidy as subsidies
from response.dr.book import EventBook
from response.dr.evidence import bundle, root_of
from response.dr.paper_tables import PaperSource
from response.dr.settlements import SettlementDesk, differences
from response.dr.words import with_accounts
from response.reports.marks import readers_copy
from storage.ledger_ports import Ledger

Renderer = Callable[[Document], bytes]
KINDS = ("settlement", "publication", "objections")


class Archive:
    def __init__(
        self,
        ledger: Ledger,
        book: EventBook,
        settlements: SettlementDesk,
        programmes: ProgrammeTable,
        clock: Clock,
        zone: ZoneInfo,
        *,
        program: str,
        renderers: Mapping[str, Renderer],
        district: str,
        methods: Mapping[str, str],
    ) -> None:
        """district, methods : names as printed, of baseline methods by id"""
        self._ledger = ledger
        self._book = book
        self._settlements = settlements
        self._programmes = programmes
        self._clock = clock
        self._zone = zone
        self._program = program
        self._renderers = renderers
        self._district = district
        self._methods = methods

    def paper(self, principal: Principal, event_id: str, kind: str, *, revision: int | None = None) -> Document:
        """The reader's copy of one of KINDS, of the newest revision or an earlier one.

        What is published is the same for all. Raises NotFound before there is a settlement.
        """
        principal.require_staff()
        document = self._document(self._source(principal, event_id, revision), kind)
        return document if kind == "publication" else self._copy(principal, document)

    def to_sign(self, principal: Principal, event_id: str, kind: str) -> tuple[Document, Settlement, str]:
        """One of KINDS as it goes to who signs it, of the newest settlement, with the evidence pack's root."""
        principal.require_write()
        source = self._source(principal, event_id, None)
        return self._document(source, kind), source.settlement, source.root

    def rendered(self, document: Document, form: str) -> bytes:
        """As ``docx`` or ``xlsx``: the figures are the same in both."""
        render = self._renderers.get(form)
        if render is None:
            raise Invalid(f"{form[:20]!r} is not one of {', '.join(self._renderers)}")
        return render(document)

    def evidence(self, principal: Principal, event_id: str, *, revision: int | None = None) -> bytes:
        """The zip of ``response.dr.evidence``; the same revision gives the same bytes."""
        principal.require_staff()
        event = self._book.get(principal, event_id)
        return self._bundle(event, self._revision(principal, event_id, revision))

    def grants(self, principal: Principal, year: int) -> subsidies.YearGrants:
        """The district's own subsidy of a year. Raises NotFound where the district adds nothing."""
        principal.require_staff()
        edition = self._programmes.subsidy_on(date(year, 12, 31))
        if edition is None:
            raise NotFound(f"{year} 年没有区级补贴 / the district adds nothing in {year}")
        span = days_span(date(year, 1, 1), date(year, 12, 31), self._zone)
        rows, missing = [], []
        for event in self._ledger.dr.events_between(span.start_ms, span.end_ms):
            if event.kind is not EventKind.MIRRORED or event.drill or event.state is EventState.CANCELLED:
                continue
            names = self._names(event)
            known = [each for each in event.participants if each.official_verified_kwh is not None]
            rows += [
                (
                    event.id,
                    str(each.enterprise),
                    with_accounts(names.get(each.enterprise, each.enterprise), each.accounts),
                    each.official_verified_kwh or 0.0,
                )
                for each in known
            ]
            if not known:
                missing.append(event.id)
        lines, share = subsidies.grants(rows, np.array([row[3] for row in rows], dtype=np.float64), edition)
        return subsidies.YearGrants(year, tuple(lines), share, edition.yearly_cap_yuan, tuple(missing))

    def grants_paper(self, principal: Principal, year: int) -> Document:
        return self._copy(principal, self.grants_to_sign(principal, year))

    def grants_to_sign(self, principal: Principal, year: int) -> Document:
        """The 发放清单 without a reader's mark. Raises NotFound"""
        found = self.grants(principal, year)
        edition = self._programmes.subsidy_on(date(year, 12, 31))
        assert edition is not None
        return subsidies.payment_paper(self._district, year, found, edition, self._now())

    # -- inside

    def _document(self, source: PaperSource, kind: str) -> Document:
        if kind == "settlement":
            return papers.settlement_paper(source)
        if kind == "publication":
            subsidy = self._programmes.subsidy_on(self._day(source.event))
            return papers.publication_paper(source, 7 if subsidy is None else subsidy.publicity_days)
        if kind == "objections":
            return papers.objection_paper(source)
        raise Invalid(f"{kind[:40]!r} is not one of {', '.join(KINDS)}")

    def _copy(self, principal: Principal, document: Document) -> Document:
        return readers_copy(document, principal, self._ledger.registry.registry(), self._zone)

    def _source(self, principal: Principal, event_id: str, revision: int | None) -> PaperSource:
        event = self._book.get(principal, event_id)
        settlement = self._revision(principal, event_id, revision)
        before = [s for s in self._settlements.all(principal, event_id) if s.revision == settlement.revision - 1]
        return PaperSource(
            district=self._district,
            methods=self._methods,
            event=event,
            names=self._names(event),
            baselines=self._ledger.dr.baselines(event_id),
            settlement=settlement,
            differences=differences(before[0], settlement) if before else (),
            objections=self._settlements.objections(principal, event_id),
            steps=self._ledger.dr.steps(event_id),
            root=root_of(self._bundle(event, settlement)),
            made_at=self._now(),
            zone=self._zone,
        )

    def _revision(self, principal: Principal, event_id: str, revision: int | None) -> Settlement:
        if revision is None:
            return self._settlements.latest(principal, event_id)
        found = next((s for s in self._settlements.all(principal, event_id) if s.revision == revision), None)
        if found is None:
            raise NotFound(f"没有第 {revision} 版核算 / there is no revision {revision}")
        return found

    def _bundle(self, event: DrEvent, settlement: Settlement) -> bytes:
        wanted = {row.member: row.baseline_revision for row in settlement.rows}
        kept = [each for each in self._ledger.dr.baseline_history(event.id) if wanted.get(each.member) == each.revision]
        # The event as the settlement saw it: what is entered later about it belongs to later revisions.
        return bundle(_as_judged(event, settlement), kept, settlement, self._program)

    def _names(self, event: DrEvent) -> dict[str, str]:
        view = self._ledger.registry.registry().view(self._day(event))
        return {str(each.id): each.name for each in view.enterprises.values()}

    def _day(self, event: DrEvent) -> date:
        return local_date(from_ms(event.start_ms), self._zone)

    def _now(self) -> datetime:
        return papers.made(self._clock.now_ms(), self._zone)


def _as_judged(event: DrEvent, settlement: Settlement) -> DrEvent:
    rows = {row.member: row for row in settlement.rows}

    def then(each: Participant) -> Participant:
        row = rows.get(each.member)
        if row is None:
            return each
        return replace(
            each,
            cleared_kw=row.promised_kw,
            official_verified_kw=row.official_verified_kw,
            official_verified_kwh=row.official_verified_kwh,
        )

    return replace(event.with_each(then), state=EventState.VERIFIED, version=settlement.event_version)
