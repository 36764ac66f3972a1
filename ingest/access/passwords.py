"""Passwords of the broker's users: made here, kept as PBKDF2-SHA512 hashes in mosquitto's own file format.

Hashed by ``hashlib`` and not by ``mosquitto_passwd``: the tool takes passwords on its command line, where every user of
the machine can read them, and is not there where the broker is EMQX or runs elsewhere. The format is one line of text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from domain.errors import Invalid

#: mosquitto takes salts of 12 bytes. Ours are text, because EMQX takes the salt as text.
SALT_BYTES = 12
#: A single-threaded broker hashes at every connect, and all meters reconnect at once after an outage. Passwords of 192
#: random bits need no slow hash; mosquitto_passwd itself uses 101.
ITERATIONS = 1_000
_LINE = re.compile(r"(?P<user>[^:]+):\$7\$(?P<iterations>\d+)\$(?P<salt>[A-Za-z0-9+/=]+)\$(?P<hash>[A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class Hashed:
    """iterations, salt and hash of a password; PBKDF2 with HMAC-SHA512, 64 bytes (RFC 8018)"""

    iterations: int
    salt: bytes
    hash: bytes

    @classmethod
    def of(cls, password: str) -> Self:
        salt = secrets.token_urlsafe(SALT_BYTES * 3 // 4).encode()
        return cls(ITERATIONS, salt, _pbkdf2(password, salt, ITERATIONS))

    def matches(self, password: str) -> bool:
        return secrets.compare_digest(self.hash, _pbkdf2(password, self.salt, self.iterations))

    @property
    def line(self) -> str:
        """As mosquitto has it behind the user's name."""
        return f"$7${self.iterations}${base64.b64encode(self.salt).decode()}${base64.b64encode(self.hash).decode()}"


def _pbkdf2(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, dklen=64)


def read_hashes(text: str, name: str) -> dict[str, Hashed]:
    """Users and hashes of a password file. Raises Invalid for a line that is none; nothing is dropped in silence."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise Invalid(f"{name}: 第{number}行不是密码行 / line {number} is no password of the form user:$7$...")
        try:
            salt, hashed = (base64.b64decode(match[part], validate=True) for part in ("salt", "hash"))
        except binascii.Error as error:
            raise Invalid(f"{name}: line {number}: {error}") from error
        found[match["user"]] = Hashed(int(match["iterations"]), salt, hashed)
    return found


def write_hashes(hashes: Mapping[str, Hashed]) -> str:
    return "".join(f"{user}:{hashes[user].line}\n" for user in sorted(hashes))


def renewed(
    users: Iterable[str], known: Mapping[str, Hashed], renew: Iterable[str] = ()
) -> tuple[dict[str, Hashed], dict[str, str]]:
    """Hashes of exactly these users, those known kept; and the passwords that were made, in clear, by user.

    renew : users that get a new one although they have one
    """
    again = set(renew)
    hashes, made = {}, {}
    for user in users:
        if user in known and user not in again:
            hashes[user] = known[user]
        else:
            made[user] = new_password()
            hashes[user] = Hashed.of(made[user])
    return hashes, made


def new_password() -> str:
    """Begins with a letter or a digit: one that begins with - is an option to a command and a formula to Excel."""
    while not (made := secrets.token_urlsafe(24))[0].isalnum():
        pass
    return made
