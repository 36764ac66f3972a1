"""Which parts one process runs, and what settings and roles must agree on."""

from __future__ import annotations

from app.adapters import serves_one_process
from app.delivery import channel_mistakes
from config.mappings import load_mappings
from config.settings import LOOPBACK, Settings
from domain.errors import Invalid
from ingest.mqtt_session import certificate_mistakes

ALL_ROLES = frozenset({"ingest", "engine", "api"})
#: The pages behind one-tap links, and nothing else: a process for a network zone of its own.
REPLY_ALONE = frozenset({"reply"})


def check_together(settings: Settings, roles: frozenset[str]) -> list[str]:
    """Mistakes that show only when settings and roles are seen together."""
    problems = []
    if settings.mqtt.url == "embedded" and not settings.mqtt.accept_loss and "ingest" in roles:
        problems.append(
            'mqtt.url = "embedded" keeps nothing when it is killed: what it acknowledged before ingest took it is '
            "lost. Point mqtt.url at a real broker (config/mosquitto.conf is a start) or set mqtt.accept_loss = true"
        )
    if serves_one_process(settings.store) and roles != ALL_ROLES:
        problems.append(
            f"store.url = {settings.store.url!r} serves one process: use InfluxDB for separate roles, or --role all"
        )
    try:
        load_mappings(settings.mqtt.mappings)
    except Invalid as error:
        problems += [line.removeprefix("  - ") for line in str(error).splitlines()[1:]]
    if roles == REPLY_ALONE and settings.reply.host not in LOOPBACK and not settings.reply.url.startswith("https://"):
        problems.append(
            f"reply.host {settings.reply.host} is reachable from outside: put a reverse proxy with TLS before it and "
            "set reply.url to its https:// address (links begin with it)"
        )
    people = sorted(settings.channels - {"mqtt"})
    if people and not settings.reply.url:
        problems.append(
            f"{', '.join(people)} would carry links that begin with http://{settings.api.host}: set reply.url to the "
            "address under which phones reach the reply pages"
        )
    return problems + certificate_mistakes(settings.mqtt) + channel_mistakes(settings)


def parse_roles(names: list[str]) -> frozenset[str]:
    roles = frozenset(names) or frozenset({"all"})
    unknown = roles - ALL_ROLES - REPLY_ALONE - {"all"}
    if unknown:
        raise Invalid(
            f"unknown role {', '.join(sorted(unknown))}; roles are all, {', '.join(sorted(ALL_ROLES))}, or reply alone"
        )
    if "reply" in roles and roles != REPLY_ALONE:
        raise Invalid("role reply runs alone: its network zone has nothing else (--role all answers replies as well)")
    return ALL_ROLES if "all" in roles else roles
