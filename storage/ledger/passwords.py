"""Passwords and secrets: what is kept can be checked, not read back."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import Invalid

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD_BYTES = 1_024
# Each check takes tens of megabytes on purpose; a burst of log-ins must not take the machine.
CHECKS_AT_ONCE = 4

_NAME = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9\u4e00-\u9fff_.@-]{1,63}")
_RESERVED = frozenset({"system", "anonymous"})


def parse_user_name(text: str) -> str:
    """The one spelling of a user's name: half-width, small letters. Raises Invalid."""
    name = unicodedata.normalize("NFKC", text).strip().lower()
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"user name {text[:80]!r}: 2 to 64 letters, digits, Chinese characters or _ . @ -, "
            "starting with a letter, digit or Chinese character"
        )
    if name in _RESERVED:
        raise Invalid(f"the name {name!r} is the program's own; choose another")
    return name


def check_password(name: str, password: str) -> None:
    """Raises Invalid, naming every rule that is broken."""
    broken: list[str] = []
    if len(password) < SHORTEST_PASSWORD:
        broken.append(f"at least {SHORTEST_PASSWORD} characters")
    if len(password.encode("utf-8", "replace")) > LONGEST_PASSWORD_BYTES:
        broken.append(f"at most {LONGEST_PASSWORD_BYTES} bytes")
    if len(set(password)) < 5:
        broken.append("at least 5 different characters")
    if password.lower() == name:
        broken.append("not the user's name")
    if broken:
        raise Invalid(f"the password needs: {'; '.join(broken)}")


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """A plain digest is enough: the secrets are ours, 256 random bits, and cannot be guessed from a list."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


class Passwords:
    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._checks = threading.BoundedSemaphore(CHECKS_AT_ONCE)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(new_secret())

    def hashed(self, password: str) -> str:
        with self._checks:
            return self._hasher.hash(password)

    def matches(self, known_hash: str | None, password: str) -> bool:
        """``None`` for an unknown user: the same work is done, so that time does not tell who exists."""
        nobody = self._nobody
        if len(password.encode("utf-8", "replace")) > LONGEST_PASSWORD_BYTES:
            password = ""
        with self._checks:
            try:
                self._hasher.verify(known_hash or nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return known_hash is not None

    def outdated(self, known_hash: str) -> bool:
        return self._hasher.check_needs_rehash(known_hash)
