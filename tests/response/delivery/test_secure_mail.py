"""Mail over TLS and STARTTLS with a sign-in, on a real server and a certificate of its own; Apprise that says yes."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from config.delivery_settings import AppriseSettings, EmailSettings
from response.delivery.channels import Delivered, NotNow
from response.delivery.long_tail import AppriseChannel
from response.delivery.mail import EmailChannel
from tests.response.delivery.test_channels import _MailBox, message
from tests.servers.mosquitto import make_certificates
from tests.servers.process import free_port

Open = Callable[[str], tuple[_MailBox, int]]
# The server warns that sign-in is possible without TLS; it stands behind TLS from the first byte.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
USER, SECRET = "yingfeng", "correct-horse"


def signed_in(server: object, session: object, envelope: object, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), SECRET.encode()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mail")
    make_certificates(made)
    return made


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    """A mailbox behind TLS from the first byte, or after STARTTLS; who does not sign in may not write."""
    running: list[Controller] = []

    def open_box(security: str) -> tuple[_MailBox, int]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "server.crt", folder / "server.key")
        box = _MailBox()
        own: dict[str, Any] = {"auth_required": True, "authenticator": signed_in}
        if security == "tls":
            own |= {"ssl_context": context, "auth_require_tls": False}
        else:
            own |= {"tls_context": context, "require_starttls": True}
        controller = Controller(box, hostname="127.0.0.1", port=free_port(), **own)
        controller.start()
        running.append(controller)
        return box, controller.port

    yield open_box
    for controller in running:
        controller.stop()


def channel(port: int, security: Any, ca_file: str) -> EmailChannel:
    settings = EmailSettings(
        host="127.0.0.1", port=port, security=security, username=USER, password=SECRET, sender="yingfeng@example.org"
    )
    return EmailChannel(settings, timeout_s=3.0, ca_file=ca_file)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mail_leaves_encrypted_and_signed_in(security: str, opened: Open, folder: Path) -> None:
    box, port = opened(security)
    assert isinstance(
        channel(port, security, str(folder / "ca.crt")).send(message(address="wang@example.org")), Delivered
    )
    assert len(box.mails) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_nobody_vouches_for_sends_nothing(security: str, opened: Open) -> None:
    box, port = opened(security)
    found = channel(port, security, "").send(message(address="wang@example.org"))
    assert isinstance(found, NotNow)
    assert "certificate" in str(found)
    assert box.mails == []


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_apprise_says_yes_and_the_words_arrive() -> None:
    """By mail, for schemes that would post to any address are refused by the settings."""
    pytest.importorskip("apprise")
    box = _MailBox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        address = f"mailto://127.0.0.1:{controller.port}?from=yingfeng@example.org&to=wang@example.org&mode=insecure"
        said = message(address=address)
        assert AppriseChannel(AppriseSettings(schemas=("mailto",))).send(said) == Delivered("Apprise mailto accepted")
    finally:
        controller.stop()
    got = message_from_bytes(box.mails[-1], policy=default_policy)
    assert said.subject.split("\r")[0][:6] in got["Subject"]
