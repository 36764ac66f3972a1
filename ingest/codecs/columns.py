"""What a codec makes of one message, whatever the device spoke."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

#: A value of each of domain.readings.QUANTITIES, None = absent.
RowValues = tuple[float | None, float | None, float | None, float | None, float | None, float | None, float | None]


class DecodeError(Exception):
    """The message cannot be read. ``reason`` is a short code for counting, ``detail`` a sentence for a person.

    meter : whose it is by its topic, None where that does not say
    """

    def __init__(self, reason: str, detail: str, meter: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.meter = meter


class RowReject(NamedTuple):
    """One reading of a message that cannot be taken while its neighbours can. ``payload`` is that reading alone."""

    reason: str
    detail: str
    payload: bytes
    meter: str | None


class Reply(NamedTuple):
    """What the device waits for before it sends on; the native protocol needs none."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class Columns:
    """n readings as the device stated them: nothing scaled, shifted or judged yet.

    meter : ids; ts_ms : the stamp as sent, milliseconds since the epoch; values : quantities as sent
    multiplied : the payload's ``mult_applied``, None = not said; quality : the payload's word, None = not said
    """

    meter: list[str] = field(default_factory=list)
    ts_ms: list[int] = field(default_factory=list)
    values: list[RowValues] = field(default_factory=list)
    multiplied: list[bool | None] = field(default_factory=list)
    quality: list[str | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decoded:
    """enterprise, gateway : who the topic says is speaking; unknown : keys of the payload we do not know, tolerated."""

    columns: Columns
    rejects: tuple[RowReject, ...] = ()
    replies: tuple[Reply, ...] = ()
    enterprise: str | None = None
    gateway: str | None = None
    unknown: int = 0
