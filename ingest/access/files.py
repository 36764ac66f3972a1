"""``yingfeng broker files``: all access files of a broker from the registry. A second run changes only what changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from domain.errors import Invalid
from domain.registry import RegistryView
from ingest.access import emqx, mosquitto
from ingest.access.certificates import Authority
from ingest.access.folder import Folder
from ingest.access.mosquitto import Listeners
from ingest.access.passwords import read_hashes, renewed, write_hashes
from ingest.access.rights import speakers

Broker = Literal["mosquitto", "emqx"]
HASHES, PASSWORDS = "users.passwd", "new-passwords.csv"


@dataclass(frozen=True, slots=True)
class Wishes:
    """renew : users that get a new password and certificate; () = none. keep_clear : write the clear passwords made"""

    broker: Broker = "mosquitto"
    certificates: bool = False
    requests_only: bool = False
    server_names: tuple[str, ...] = ()
    days: int = 825
    renew: tuple[str, ...] = ()
    renew_all: bool = False
    keep_clear: bool = True
    replay: bool = False
    listeners: Listeners = field(default_factory=Listeners)


@dataclass(frozen=True, slots=True)
class Written:
    """made : passwords in clear of the users that are new or renewed; removed : users whose access ended"""

    users: int
    made: dict[str, str]
    removed: tuple[str, ...]
    certificates: tuple[str, ...]
    changed: tuple[str, ...]


def write_access(path: Path, view: RegistryView, district: str, wishes: Wishes, *, now: datetime) -> Written:
    """Raises Invalid when a wish cannot be met; files already written stay, each whole in itself."""
    everyone = speakers(view, district, replay=wishes.replay)
    names = [speaker.user for speaker in everyone]
    _check(wishes, names)
    folder = Folder(path)
    renew = names if wishes.renew_all else wishes.renew
    known = read_hashes(folder.read(HASHES), HASHES)
    hashes, made = renewed(names, known, renew)
    changed = []

    def put(name: str, text: str, *, secret: bool = False) -> None:
        if folder.secret(name, text) if secret else folder.public(name, text):
            changed.append(name)

    local = folder.read("local.acl")
    # Clear passwords first: were the hashes written and these not, nobody would ever know them.
    if wishes.keep_clear:
        put(PASSWORDS, _clear(folder.read(PASSWORDS), names, made), secret=True)
    if wishes.broker == "mosquitto":
        put("mosquitto.acl", mosquitto.access_list(everyone, local))
        with_tls = wishes.certificates and not wishes.requests_only
        put("mosquitto-access.conf", mosquitto.listeners(folder.path, wishes.listeners, certificates=with_tls))
    else:
        put("emqx-users.csv", emqx.users(hashes), secret=True)
        put("emqx-acl.conf", emqx.access_list(everyone, local))
        put("emqx-access.conf", emqx.settings(folder.path, certificates=wishes.certificates))
    put(HASHES, write_hashes(hashes), secret=True)
    certified = _certify(folder, names, district, wishes, renew, now) if wishes.certificates else ()
    removed = tuple(sorted(set(known) - set(names)))
    return Written(len(names), made, removed, certified, tuple(changed))


def _check(wishes: Wishes, names: Sequence[str]) -> None:
    unknown = sorted(set(wishes.renew) - set(names))
    if unknown:
        raise Invalid(f"--renew: 没有这些用户 / there are no such users: {', '.join(unknown)}")
    if wishes.certificates and not wishes.requests_only and not wishes.server_names:
        raise Invalid(
            "--certificates 需要 --server-name（证书中的主机名或地址） / needs --server-name, as meters call it"
        )


def _certify(
    folder: Folder, names: Sequence[str], district: str, wishes: Wishes, renew: Sequence[str], now: datetime
) -> tuple[str, ...]:
    authority = Authority(folder, district, now=now, days=wishes.days)
    if not wishes.requests_only:
        authority.broker(wishes.server_names)
    return tuple(authority.clients(names, renew=renew, requests_only=wishes.requests_only))


def _clear(present: str, names: Sequence[str], made: dict[str, str]) -> str:
    """Passwords not handed out yet: those of earlier runs stay until someone deletes the file."""
    kept = {row[0]: row[1] for row in csv.reader(io.StringIO(present)) if len(row) == 2 and row[0] in names}
    kept |= made
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(sorted(kept.items()))
    return buffer.getvalue()
