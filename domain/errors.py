"""Errors that say whose fault it is. Each edge maps them to its own language in one table."""

from __future__ import annotations


class YingfengError(Exception):
    """Base of every error this product raises on purpose; the message is meant for a person."""


class Invalid(YingfengError):
    """The caller's input is wrong; repeating it unchanged will not help."""


class NotFound(YingfengError):
    """What was asked for does not exist, or the caller may not know that it does."""


class Conflict(YingfengError):
    """What was asked contradicts the present state (edited by someone else, already done)."""


class Forbidden(YingfengError):
    """The caller is known and may not do this."""


class Unauthenticated(YingfengError):
    """The caller is not known."""


class Unavailable(YingfengError):
    """A part we depend on does not answer now; the same request may succeed later."""


class InsufficientData(YingfengError):
    """Too little data to answer honestly. Carries the share of data there is and why."""

    def __init__(self, reason: str, *, coverage: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.coverage = coverage
