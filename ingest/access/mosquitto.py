"""Files of mosquitto 2: the access list, and the listeners that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.access.rights import Speaker

_HEAD = """\
# Made by `yingfeng broker files` from the registry. A change here is lost at its next run; own rules: local.acl.
# Nobody has a right that is not written here, the anonymous and $SYS included.
"""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Ports. plain : loopback only, for the product; tls : password over TLS; certificate : client certificates"""

    plain: int = 1883
    tls: int = 8883
    certificate: int = 8884


def access_list(speakers: Sequence[Speaker], local: str = "") -> str:
    """``topic read`` filters what is delivered: mosquitto answers every subscription with success."""
    blocks = [_HEAD]
    for speaker in speakers:
        lines = [f"user {speaker.user}"]
        lines += [f"topic write {topic}" for topic in speaker.publish]
        lines += [f"topic read {topic}" for topic in speaker.read]
        blocks.append("\n".join(lines) + "\n")
    if local.strip():
        blocks.append(f"# local.acl\n{local.strip()}\n")
    return "\n".join(blocks)


def listeners(folder: Path, ports: Listeners, *, certificates: bool) -> str:
    """The lines to include in mosquitto.conf. Without certificates only the loopback listener is safe to open."""
    lines = [
        "# Made by `yingfeng broker files`. Takes the place of listener and allow_anonymous in config/mosquitto.conf.",
        "allow_anonymous false",
        f"password_file {folder}/users.passwd",
        f"acl_file {folder}/mosquitto.acl",
        "",
        "# The product itself, on this machine.",
        f"listener {ports.plain} 127.0.0.1",
    ]
    if certificates:
        # The client id is the user's name, so that no meter can take over the session of another, or of ingest.
        tls = [f"certfile {folder}/server.crt", f"keyfile {folder}/server.key", "use_username_as_clientid true"]
        lines += ["", "# Meters, gateways and enterprises: password over TLS.", f"listener {ports.tls}", *tls]
        lines += [
            "",
            "# The same with a client certificate; its common name is the user.",
            f"listener {ports.certificate}",
        ]
        lines += [*tls, f"cafile {folder}/ca.crt", f"crlfile {folder}/revoked.crl"]
        lines += ["require_certificate true", "use_identity_as_username true"]
    return "\n".join([*lines, ""])
