"""Each channel against a real server that takes, refuses, limits, redirects, hangs and lies with HTTP 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as default_policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.clock import SystemClock
from config.delivery_settings import (
    AppriseSettings,
    DingTalkSettings,
    EmailSettings,
    NoticesSettings,
    SmsSettings,
    WebhookSettings,
    WeComSettings,
)
from domain.notices import Notice
from response.delivery.channels import Channel, Delivered, Message, NotNow, Outcome, Refused
from response.delivery.long_tail import AppriseChannel
from response.delivery.mail import EmailChannel
from response.delivery.outgoing import Outgoing, is_public
from response.delivery.robots import WECOM_BYTES, DingTalkRobot, WeComRobot, shortened
from response.delivery.sms import SmsChannel
from response.delivery.webhook import Webhook, signature
from tests.response.delivery.conftest import information, invitation
from tests.servers.http_receiver import Receiver, receiving
from tests.servers.process import free_port

SECRET = "a-shared-secret-of-the-webhook"
PHONE = "13812345678"
QUEUED = "250 2.0.0 Ok: queued as 4F7"
LINK = "https://reply.example.org/r/abc"


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def outgoing(*, allowed: tuple[str, ...] = ("127.0.0.1",), **settings: Any) -> Outgoing:
    return Outgoing(NoticesSettings(allowed_hosts=allowed, timeout_s=0.4, **settings))


def message(notice: Notice | None = None, address: str = PHONE, link: str = LINK) -> Message:
    return Message("17", address, [notice or invitation(id="n1")], link, 0)


def channel(name: str, server: Receiver, path: str, out: Outgoing) -> tuple[Channel, Message]:
    """The channel and a message for it, both pointed at ``path``."""
    url = server.url(path)
    if name == "webhook":
        return Webhook(WebhookSettings(secret=SECRET), out, SystemClock()), message(address=url)
    if name == "dingtalk":
        return DingTalkRobot(
            DingTalkSettings(url=f"{url}?access_token=t", secret="SEC1"), out, SystemClock()
        ), message()
    if name == "wecom":
        return WeComRobot(WeComSettings(url=f"{url}?key=k"), out), message()
    return SmsChannel(SmsSettings(url=url, templates={"dr.": "SMS_1"}), out), message()


def tried(name: str, server: Receiver, path: str, **more: Any) -> Outcome:
    with outgoing(**more) as out:
        sender, what = channel(name, server, path, out)
        return sender.send(what)


@pytest.mark.parametrize("name", ["webhook", "dingtalk", "wecom", "sms"])
@pytest.mark.parametrize(
    ("path", "outcome", "words"),
    [
        ("/ok", Delivered, ""),
        ("/slow", NotNow, "did not answer within"),
        ("/drip", NotNow, "did not end its answer"),
        ("/status/503", NotNow, "HTTP 503"),
        ("/status/404", Refused, "HTTP 404"),
        ("/redirect", Refused, "redirects"),
    ],
)
def test_what_becomes_of_a_message(name: str, path: str, outcome: type, words: str, server: Receiver) -> None:
    found = tried(name, server, path)
    assert isinstance(found, outcome)
    assert words in getattr(found, "problem", "")


@pytest.mark.parametrize(
    ("name", "path", "outcome"),
    [
        ("dingtalk", "/errcode/310000", Refused),
        ("dingtalk", "/errcode/130101", NotNow),
        ("dingtalk", "/page", NotNow),
        ("wecom", "/errcode/93000", Refused),
        ("wecom", "/errcode/45009", NotNow),
        ("webhook", "/errcode/7", NotNow),
        ("sms", "/errcode/7", NotNow),
    ],
)
def test_http_200_is_no_proof(name: str, path: str, outcome: type, server: Receiver) -> None:
    assert isinstance(tried(name, server, path), outcome)


def test_a_server_that_is_not_there_is_tried_again(server: Receiver) -> None:
    gone = Receiver(port=free_port())
    assert isinstance(tried("webhook", gone, "/ok"), NotNow)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "169.254.169.254"])
def test_private_addresses_are_refused_unless_named(host: str, server: Receiver) -> None:
    before = len(server.received)
    with outgoing(allowed=()) as out:
        hook = Webhook(WebhookSettings(secret=SECRET), out, SystemClock())
        found = hook.send(message(address=server.url("/ok", host)))
    assert isinstance(found, Refused)
    assert "allowed_hosts" in found.problem
    assert len(server.received) == before


def test_a_redirect_to_a_private_address_is_not_followed(server: Receiver) -> None:
    tried("webhook", server, "/redirect")
    assert server.received[-1].path == "/redirect"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_addresses_strangers_have_too(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_the_proxy_is_asked_and_the_environment_is_not(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert isinstance(tried("webhook", server, "/ok"), Delivered)
    with outgoing(allowed=(), proxy=server.url("")) as out:
        hook = Webhook(WebhookSettings(secret=SECRET), out, SystemClock())
        # A name only the proxy knows; it is asked by the whole address.
        assert isinstance(hook.send(message(address="http://hook.invalid/ok")), Delivered)
        assert server.received[-1].path == "http://hook.invalid/ok"
        # The guard stands before the proxy too: neither a private address nor a redirect to one is asked for.
        asked = len(server.received)
        private = hook.send(message(address="http://169.254.169.254/ok"))
        assert isinstance(private, Refused)
        assert "allowed_hosts" in private.problem
        assert len(server.received) == asked
        led_away = hook.send(message(address="http://hook.invalid/redirect"))
        assert isinstance(led_away, Refused)
        assert "redirects to 127.0.0.1" in led_away.problem
        assert len(server.received) == asked + 1


def test_a_webhook_is_signed(server: Receiver) -> None:
    tried("webhook", server, "/ok")
    got = server.received[-1]
    expected = signature(SECRET, got.headers["x-yingfeng-timestamp"], got.body)
    assert got.headers["x-yingfeng-signature"] == f"v1={expected}"
    assert got.headers["idempotency-key"] == "yingfeng-17"
    assert got.json["notices"][0]["reply"]["link"] == LINK


def test_dingtalk_is_signed_and_rings_the_phone(server: Receiver) -> None:
    tried("dingtalk", server, "/ok")
    got = server.received[-1]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(got.path).query)
    stamp = query["timestamp"][0]
    digest = hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(digest).decode()]
    assert got.json["at"]["atMobiles"] == [PHONE]
    assert f"@{PHONE}" in got.json["text"]["content"]


def test_wecom_rings_the_phone_within_its_limit(server: Receiver) -> None:
    long = message(invitation(id="n1", body="负荷" * 2_000))
    with outgoing() as out:
        WeComRobot(WeComSettings(url=server.url("/ok")), out).send(long)
    text = server.received[-1].json["text"]
    assert text["mentioned_mobile_list"] == [PHONE]
    assert len(text["content"].encode()) <= WECOM_BYTES
    assert text["content"].endswith(LINK)


def test_a_text_message_is_a_template_and_variables(server: Receiver) -> None:
    said = invitation(id="n1", subject='一个"引号"与\\反斜杠', drill=True)
    body = '{"to": "${phone}", "tpl": "${template}", "v": ["${subject}", "${link}"]}'
    with outgoing() as out:
        settings = SmsSettings(
            url=server.url("/ok"), templates={"": "SMS_9", "dr.": "SMS_1"}, body=body, token="t", headers={"X-A": "b"}
        )
        assert SmsChannel(settings, out).send(message(said)) == Delivered("m-1")
    got = server.received[-1]
    assert got.json == {"to": PHONE, "tpl": "SMS_1", "v": ['【演练 DRILL】一个"引号"与\\反斜杠', LINK]}
    assert (got.headers["authorization"], got.headers["x-a"]) == ("Bearer t", "b")


def test_a_text_message_as_a_form(server: Receiver) -> None:
    with outgoing() as out:
        settings = SmsSettings(
            url=server.url("/ok"), templates={"": "9"}, content="form", body="to=${phone}&text=${subject}"
        )
        SmsChannel(settings, out).send(message(invitation(id="n1", subject="a&b=c")))
    assert server.received[-1].body == b"to=13812345678&text=a%26b%3Dc"


def test_a_kind_without_a_template_is_refused(server: Receiver) -> None:
    with outgoing() as out:
        found = SmsChannel(SmsSettings(url=server.url("/ok"), templates={"orderly.": "1"}), out).send(message())
    assert isinstance(found, Refused)


def test_a_drill_is_printed_on_every_message() -> None:
    drill = message(invitation(id="n1", drill=True))
    assert drill.subject.startswith("【演练 DRILL】")
    assert drill.text.startswith("【演练 DRILL】")
    assert shortened(replace(drill, notices=[replace(drill.first, body="x" * 9_000)]), 200).startswith("【演练 DRILL】")


class _MailBox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.answer = QUEUED

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        assert envelope.content is not None
        self.mails.append(bytes(envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()))
        return self.answer

    async def handle_RCPT(  # noqa: N802 - its name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture(scope="module")
def mail() -> Iterator[tuple[_MailBox, EmailChannel]]:
    box = _MailBox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings = EmailSettings(host="127.0.0.1", port=controller.port, security="none", sender="yingfeng@example.org")
    yield box, EmailChannel(settings, timeout_s=2.0)
    controller.stop()


def test_a_mail_and_the_servers_word_for_it(mail: tuple[_MailBox, EmailChannel]) -> None:
    box, channel = mail
    injected = invitation(id="n1", subject="邀约\r\nBcc: everyone@example.org")
    assert channel.send(message(injected, "wang@example.org")) == Delivered(QUEUED)
    got = message_from_bytes(box.mails[-1], policy=default_policy)
    assert (got["Message-ID"], got["To"], got["Bcc"]) == ("<yingfeng-17@example.org>", "wang@example.org", None)
    assert "邀约" in got["Subject"]
    assert LINK in got.get_content()


def test_mails_that_are_not_taken(mail: tuple[_MailBox, EmailChannel]) -> None:
    box, channel = mail
    assert isinstance(channel.send(message(address="nobody@example.org")), Refused)
    assert isinstance(channel.send(message(address="a@example.org, b@example.org")), Refused)
    box.answer = "451 try again later"
    assert isinstance(channel.send(message(address="wang@example.org")), NotNow)
    box.answer = QUEUED
    gone = EmailSettings(host="127.0.0.1", port=free_port(), security="none", sender="a@example.org")
    assert isinstance(EmailChannel(gone, timeout_s=0.5).send(message(address="wang@example.org")), NotNow)


# Apprise tries an old module of Python for its pictures; that is its affair.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_the_long_tail(mail: tuple[_MailBox, EmailChannel]) -> None:
    pytest.importorskip("apprise")
    channel = AppriseChannel(AppriseSettings(schemas=("mailto",)))
    assert isinstance(channel.send(message(information(id="i1"), "json://127.0.0.1/x")), Refused)
    assert isinstance(channel.send(message(information(id="i1"), "mailto://")), Refused)
