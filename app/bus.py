"""The in-process bus. The store is the truth; a handler that fails is logged and the others still run."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from domain.events import Event, T

log = logging.getLogger(__name__)


class InProcessBus:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handlers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)

    def publish(self, event: Event) -> None:
        with self._lock:
            handlers = list(self._handlers[type(event)])
        for handler in handlers:
            try:
                handler(event)
            except Exception:
                log.exception("a handler of %s failed", type(event).__name__)

    def subscribe(self, kind: type[T], handler: Callable[[T], None]) -> Callable[[], None]:
        with self._lock:
            self._handlers[kind].append(handler)

        def unsubscribe() -> None:
            with self._lock:
                if handler in self._handlers[kind]:
                    self._handlers[kind].remove(handler)

        return unsubscribe
