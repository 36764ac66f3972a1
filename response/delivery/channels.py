"""What a channel is: it takes one message and says what became of it. Adapters live beside this; ``app`` names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.notices import Notice, NoticeClass, Recipient

#: Printed before the subject and the text of everything that leaves in a drill (invariant 13).
DRILL = "【演练 DRILL】"


@dataclass(frozen=True, slots=True)
class Delivered:
    """proof : what the other side answered: a message id, a packet acknowledged"""

    proof: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """It may work later: a time-out, a server that is down, a limit. after_s : not before so long, when it was told"""

    problem: str
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """Repeating does not help: a wrong address, a forbidden host, a template the provider does not know."""

    problem: str


Outcome = Delivered | NotNow | Refused


@dataclass(frozen=True, slots=True)
class Message:
    """What one channel sends to one address: one notice, or several of information as one.

    id : the same when it is sent again after a crash, so that the other side can drop the repeat
    link : the page where it is answered, empty when no answer is asked for; at_ms : district clock
    """

    id: str
    address: str
    notices: Sequence[Notice]
    link: str
    at_ms: int

    @property
    def first(self) -> Notice:
        return self.notices[0]

    @property
    def recipient(self) -> Recipient:
        return self.first.recipient

    @property
    def notice_class(self) -> NoticeClass:
        return max((n.notice_class for n in self.notices), key=lambda c: c.priority)

    @property
    def drill(self) -> bool:
        return self.first.drill

    @property
    def subject(self) -> str:
        mark = DRILL if self.drill else ""
        rest = len(self.notices) - 1
        return f"{mark}{self.first.subject}" + (f"（另 {rest} 条 and {rest} more）" if rest else "")

    @property
    def text(self) -> str:
        """Everything a person reads, the link last."""
        mark = f"{DRILL}\n" if self.drill else ""
        parts = [f"{n.subject}\n{n.body}".strip() for n in self.notices]
        return mark + "\n\n".join(parts) + (f"\n\n答复 reply: {self.link}" if self.link else "")


class Channel(Protocol):
    """``send`` runs on the channel's own thread, answers within its time limit and does not raise what it can say."""

    @property
    def name(self) -> str: ...

    @property
    def reaches_people(self) -> bool:
        """Whether a message that arrived was before a person's eyes, or only in a program (MQTT)."""
        ...

    def send(self, message: Message) -> Outcome: ...
