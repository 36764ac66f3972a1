"""What the rooms above know of notices in the ledger: the outbox, what became of each message, and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.notices import Delivery, DeliveryReason, DeliveryState, Notice, Recipient, Reply
from storage.page import Page


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A notice as it lies in the ledger. made_at : district clock; made_by : who sent it"""

    notice: Notice
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A message about to be written into the outbox."""

    channel: str
    address: str
    step: int
    state: DeliveryState
    reason: DeliveryReason
    due_ms: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message whose turn it may be, with what it says. ``reference`` of the notice finds its answers."""

    delivery: Delivery
    kept: KeptNotice


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of some messages (several when they went out as one).

    open_next : let the next way of the same notices stand by no longer; spare : the other ways are not needed any more
    """

    ids: tuple[int, ...]
    state: DeliveryState
    reason: DeliveryReason
    due_ms: int = 0
    note: str = ""
    proof: str = ""
    attempted: bool = False
    open_next: bool = False
    spare: bool = False


class NoticeLedger(Protocol):
    """Durable on return. Instants given as ``at`` are the caller's clock: the ledger has none of its own here."""

    def put(self, actor: str, notices: Sequence[tuple[Notice, Sequence[Planned]]], at: datetime) -> int:
        """All as one change; a notice whose id is known already is left as it is. Returns how many are new."""
        ...

    def notice(self, notice_id: str) -> KeptNotice | None: ...

    def notices(
        self,
        *,
        reference: str | None = None,
        recipient: Recipient | None = None,
        kind: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[KeptNotice]:
        """Newest first. ``kind`` : it begins with this"""
        ...

    def deliveries(self, notice_ids: Sequence[str]) -> list[Delivery]:
        """Of these notices, in the order they were planned."""
        ...

    def said_since(self, recipient: Recipient, kind: str, reference: str, since: datetime) -> list[KeptNotice]:
        """What this recipient was told of the same matter since then, for spotting repeats."""
        ...

    def due(self, channel: str, now_ms: int, limit: int) -> list[Queued]:
        """Orders first, then calls, then information; the longest waiting first."""
        ...

    def advance(self, moved: Sequence[Moved], take: Sequence[int], at: datetime, now_ms: int) -> bool:
        """Record what became of the last messages and, in the same transaction, that the next are under way.

        One commit for each message keeps "at most one is repeated after a crash" affordable. False when one of ``take``
        is not waiting any more: then none of them is taken.
        """
        ...

    def recover(self, channel: str, at: datetime) -> int:
        """Messages that were under way when the program stopped wait again. Returns how many."""
        ...

    def open_unanswered(self, now_ms: int, at: datetime) -> int:
        """Second ways whose time has come wait no longer. Returns how many."""
        ...

    def sent_since(self, channel: str, address: str, since: datetime) -> int:
        """How much information went to one address since then, for the rate limit; ``address`` empty: to all."""
        ...

    def waiting(self) -> dict[str, int]:
        """Messages not sent yet, by channel."""
        ...

    def put_reply(self, reply: Reply, *, nonce: str | None = None) -> Reply:
        """With an audit entry. An answer that counts ends the second ways. A nonce used before raises Conflict."""
        ...

    def replies(self, *, reference: str | None = None, notice_id: str | None = None) -> list[Reply]:
        """In the order they came, marked and undone ones too."""
        ...

    def reply(self, reply_id: int) -> Reply | None: ...

    def undo_reply(self, actor: str, reply_id: int, at: datetime) -> Reply:
        """NotFound, or Conflict when it is undone already."""
        ...

    def signing_secret(self, purpose: str, fresh: str, at: datetime) -> str:
        """The kept secret of this purpose; ``fresh`` becomes it when there was none."""
        ...
