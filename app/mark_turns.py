"""Events, orders and alerts put onto the boards of a Grafana, as they come and change."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from config.settings import GrafanaSettings
from dashboards.grafana.annotations import annotate
from domain.clock import Clock
from domain.errors import YingfengError
from domain.instants import Span
from response.marks import marks
from storage.ledger_ports import Ledger

log = logging.getLogger(__name__)
#: What is older changes no more; events are announced a day or two ahead.
BEFORE, AHEAD = timedelta(days=7), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class MarkTurns:
    """A Grafana that does not answer is no trouble of ours: the next turn catches up."""

    settings: GrafanaSettings
    ledger: Ledger
    clock: Clock

    def tick(self) -> None:
        now = self.clock.now()
        span = Span(now - BEFORE, now + AHEAD)
        try:
            annotate(self.settings, marks(self.ledger.dr, self.ledger.orderly.orders, self.ledger.alerts, span), span)
        except YingfengError as error:
            log.warning("events, orders and alerts are not on the boards yet: %s", error)
