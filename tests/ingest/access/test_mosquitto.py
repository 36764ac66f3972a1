"""A real mosquitto on the generated files: every line is tried to be crossed, with password and with certificate."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.ids import GatewayId, MeterId
from domain.registry import ALWAYS, Meter, Registry
from ingest.access.files import Wishes, write_access
from ingest.access.mosquitto import Listeners
from tests.ingest.access.clients import Client
from tests.servers.mosquitto import SHIPPED
from tests.servers.process import Server, accepts, find_binary, free_port, own_user
from tests.support.registry import FACTORY_ACCOUNT, FACTORY_MAIN, SUMMER, small_registry

NOW = datetime(2026, 7, 1, tzinfo=UTC)
BASE = "yingfeng/v1/gaoxin"
OWN, FOREIGN = f"{BASE}/enterprise/E001/M001/reading", f"{BASE}/enterprise/E002/M002/reading"
Connect = Callable[..., Client]


def registry() -> Registry:
    """E001 with M001 and a gateway's M010, its tenant E002 with M002, and the boundary meter B001."""
    behind = Meter(MeterId("M010"), ALWAYS, FACTORY_ACCOUNT.id, gateway=GatewayId("G01"))
    small = small_registry()
    return replace(small, meters=(*small.meters, behind))


class Secured:
    """mosquitto on generated files, reloaded by SIGHUP after each change of the registry."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="yingfeng-access-"))
        self.ports = Listeners(free_port(), free_port(), free_port())
        self.passwords: dict[str, str] = {}
        self.user = own_user("mosquitto", self.folder)
        self.write(registry())
        lines = SHIPPED.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith(("listener", "allow_anonymous", "persistence_location"))]
        kept += [f"persistence_location {self.folder}/", f"include_dir {self.folder}/conf.d"]
        (self.folder / "conf.d").mkdir()
        shutil.copy(self.folder / "mosquitto-access.conf", self.folder / "conf.d" / "access.conf")
        settings = self.folder / "mosquitto.conf"
        settings.write_text("\n".join([*kept, ""]), encoding="utf-8")
        self._hand_over()
        self.server = Server(
            [find_binary("mosquitto", package="mosquitto"), "-c", str(settings)],
            log=self.folder / "log",
            ready=lambda: accepts(self.ports.certificate),
            user=self.user,
        )
        self.server.start()

    def write(self, present: Registry, **wishes: object) -> None:
        wanted = Wishes(certificates=True, server_names=("127.0.0.1",), listeners=self.ports)
        wanted = replace(wanted, **wishes)  # type: ignore[arg-type]
        self.passwords |= write_access(self.folder, present.view(SUMMER), "gaoxin", wanted, now=NOW).made

    def reload(self) -> None:
        self._hand_over()
        self.server.signal(signal.SIGHUP)

    def _hand_over(self) -> None:
        if self.user is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, self.user)

    def remove(self) -> None:
        self.server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    broker = Secured()
    yield broker
    broker.remove()


@pytest.fixture(params=["password", "certificate"])
def connect(request: pytest.FixtureRequest, secured: Secured) -> Iterator[Connect]:
    """``connect(user)`` by password over TLS, or by certificate alone."""
    made: list[Client] = []

    def open_client(user: str, **more: object) -> Client:
        if request.param == "password":
            client = Client(secured.ports.tls, user, secured.passwords[user], folder=secured.folder, **more)  # type: ignore[arg-type]
        else:
            client = Client(secured.ports.certificate, None, folder=secured.folder, certificate=user, **more)  # type: ignore[arg-type]
        made.append(client)
        assert client.refused is None
        return client

    yield open_client
    for client in made:
        client.close()


def product(secured: Secured) -> Client:
    """Ingest on its loopback listener, hearing all it can."""
    client = Client(secured.ports.plain, "yingfeng", secured.passwords["yingfeng"])
    assert client.refused is None
    client.subscribe("#", "$SYS/#", "$share/yingfeng/+/+/+/enterprise/+/+/reading")
    return client


def test_who_speaks_is_heard_only_where_it_belongs(secured: Secured, connect: Connect) -> None:
    """Each user publishes to every topic there is; ingest hears exactly what each may say."""
    ingest = product(secured)
    topics = [
        OWN,
        FOREIGN,
        f"{BASE}/enterprise/grid/B001/reading",
        f"{BASE}/enterprise/E001/M010/reading",
        f"{BASE}/gateway/G01/readings",
        f"{BASE}/gateway/G02/readings",
        f"{BASE}/weather",
        f"{BASE}/event/clock",
        f"{BASE}/event/stored",
        f"{BASE}/enterprise/E001/notice",
        f"{BASE}/enterprise/E002/notice",
        f"{BASE}/enterprise/E001/reply",
        f"{BASE}/enterprise/E002/reply",
        "yingfeng/v1/elsewhere/enterprise/E001/M001/reading",
    ]
    allowed = {
        "meter-M001": {OWN},
        "meter-M002": {FOREIGN},
        "meter-B001": {f"{BASE}/enterprise/grid/B001/reading"},
        "gateway-G01": {f"{BASE}/gateway/G01/readings"},
        "enterprise-E001": {f"{BASE}/enterprise/E001/reply"},
        "enterprise-E002": {f"{BASE}/enterprise/E002/reply"},
        "yingfeng-weather": {f"{BASE}/weather"},
        "yingfeng": {t for t in topics if "/event/" in t or t.endswith("/notice")},
    }
    for user in allowed:
        for topic in topics:
            # mosquitto 2.0.11 with max_queued_messages 0 ends a connection after a message it refused.
            client = connect(user)
            client.publish(topic, user)
            client.close()
    said = {(topic, user) for user, own in allowed.items() for topic in own}
    assert set(ingest.settle()) == said, "nothing of $SYS either"
    ingest.close()


def test_who_listens_hears_only_its_own_notice(secured: Secured, connect: Connect) -> None:
    """mosquitto grants every subscription, so what counts is what arrives."""
    listeners = {user: connect(user) for user in ("enterprise-E001", "enterprise-E002", "meter-M001", "gateway-G01")}
    for client in listeners.values():
        filters = ("#", "+/#", f"{BASE}/#", f"{BASE}/enterprise/+/+/reading", OWN, FOREIGN, "$SYS/#")
        client.subscribe(*filters, f"{BASE}/enterprise/+/notice", "$share/g/#", f"{BASE}/enterprise/+/reply")
    ingest = product(secured)
    speaker = connect("meter-M002")
    speaker.publish(FOREIGN, "M002's load")
    for enterprise in ("E001", "E002"):
        ingest.publish(f"{BASE}/enterprise/{enterprise}/notice", f"to {enterprise}")
    ingest.publish(f"{BASE}/event/clock", "now")
    heard = {user: set(client.settle()) for user, client in listeners.items()}
    assert heard == {
        "enterprise-E001": {(f"{BASE}/enterprise/E001/notice", "to E001")},
        "enterprise-E002": {(f"{BASE}/enterprise/E002/notice", "to E002")},
        "meter-M001": set(),
        "gateway-G01": set(),
    }
    ingest.close()


def test_retained_messages_and_wills_cross_no_line(secured: Secured, connect: Connect) -> None:
    ingest = product(secured)
    notice = f"{BASE}/enterprise/E002/notice"
    ingest.publish(notice, "kept for E002", retain=True)
    thief = connect("enterprise-E001")
    thief.subscribe("#", notice, f"{BASE}/enterprise/+/notice")
    assert thief.settle() == []
    thief.publish(notice, "forged", retain=True)
    owner = connect("enterprise-E002")
    owner.subscribe(notice)
    assert owner.settle() == [(notice, "kept for E002")]
    before = len(ingest.heard)
    dying = connect("meter-M002", will=OWN)
    dying.drop()
    connect("meter-M002").publish(FOREIGN, "still alive")
    assert [payload for _, payload in ingest.settle()[before:]] == ["still alive"]
    ingest.publish(notice, "", retain=True)
    ingest.close()


def test_nobody_enters_without_their_own_proof(secured: Secured) -> None:
    folder, ports = secured.folder, secured.ports
    assert Client(ports.plain, None).refused == "Not authorized"
    assert Client(ports.tls, None, folder=folder).refused == "Not authorized"
    assert Client(ports.tls, "meter-M001", "guess", folder=folder).refused == "Not authorized"
    assert Client(ports.tls, "meter-M001", secured.passwords["meter-M002"], folder=folder).refused == "Not authorized"
    assert Client(ports.tls, "yingfeng", "", folder=folder).refused == "Not authorized"
    assert Client(ports.certificate, "yingfeng", secured.passwords["yingfeng"], folder=folder).refused
    # A certificate speaks for its own name, whatever name and password come with it.
    pretender = Client(
        ports.certificate, "yingfeng", secured.passwords["yingfeng"], folder=folder, certificate="meter-M001"
    )
    assert pretender.refused is None
    ingest = product(secured)
    pretender.publish(f"{BASE}/event/clock", "forged")
    assert ingest.settle() == []
    for client in (pretender, ingest):
        client.close()


def test_no_client_id_takes_over_anothers_session(secured: Secured) -> None:
    ingest = Client(secured.ports.plain, "yingfeng", secured.passwords["yingfeng"], client_id="yingfeng")
    thief = Client(
        secured.ports.tls, "meter-M001", secured.passwords["meter-M001"], folder=secured.folder, client_id="yingfeng"
    )
    assert thief.refused is None
    thief.publish(OWN, "mine")
    assert ingest.settle() == []
    assert not ingest.ended.is_set()
    for client in (ingest, thief):
        client.close()


def test_a_meter_out_of_service_loses_its_access_and_others_keep_theirs(secured: Secured) -> None:
    before = json.dumps(secured.passwords)
    gone = replace(FACTORY_MAIN, in_service=False)
    changed = replace(registry(), meters=tuple(gone if m.id == gone.id else m for m in registry().meters))
    old = Client(secured.ports.tls, "meter-M001", secured.passwords["meter-M001"], folder=secured.folder)
    kept = {name: (secured.folder / "clients" / f"meter-M001.{name}").read_bytes() for name in ("crt", "key")}
    secured.write(changed)
    secured.reload()
    assert json.dumps(secured.passwords) == before, "existing passwords stay"
    assert old.ended.wait(30), "an open connection is ended at the reload"
    assert Client(secured.ports.tls, "meter-M001", secured.passwords["meter-M001"], folder=secured.folder).refused
    assert not (secured.folder / "clients" / "meter-M001.key").exists()
    for name, content in kept.items():  # the thief kept a copy of the certificate
        (secured.folder / "clients" / f"stolen.{name}").write_bytes(content)
    stolen = Client(secured.ports.certificate, None, folder=secured.folder, certificate="stolen")
    assert stolen.refused
    ingest = product(secured)
    other = Client(secured.ports.tls, "meter-M002", secured.passwords["meter-M002"], folder=secured.folder)
    assert other.refused is None
    other.publish(FOREIGN, "still")
    assert ingest.settle() == [(FOREIGN, "still")]
    for client in (old, stolen, other, ingest):
        client.close()
    for name in kept:
        (secured.folder / "clients" / f"stolen.{name}").unlink()
    secured.write(registry())
    secured.reload()
