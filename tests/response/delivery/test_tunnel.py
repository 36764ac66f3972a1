"""HTTPS through a proxy that tunnels (CONNECT): the certificate is the receiver's, and the guard stands before it."""

from __future__ import annotations

import ssl
from pathlib import Path

from app.clock import SystemClock
from config.delivery_settings import NoticesSettings, WebhookSettings
from response.delivery.channels import Delivered, NotNow, Refused
from response.delivery.outgoing import Outgoing
from response.delivery.webhook import Webhook, signature
from tests.response.delivery.test_channels import SECRET, message
from tests.servers.http_receiver import receiving, tunnelling
from tests.servers.mosquitto import make_certificates


def test_https_goes_through_a_tunnel_of_the_proxy(tmp_path: Path) -> None:
    authority = make_certificates(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    with receiving(context) as server, tunnelling(server.port) as (proxy, asked):
        settings = NoticesSettings(proxy=proxy, ca_file=str(authority), timeout_s=5.0)
        with Outgoing(settings) as out:
            hook = Webhook(WebhookSettings(secret=SECRET), out, SystemClock())
            assert isinstance(hook.send(message(address="https://hook.invalid/ok")), Delivered)
            got = server.received[-1]
            # Inside the tunnel the receiver sees the path alone, signed as ever; the proxy saw the host alone.
            assert (got.path, got.headers["host"]) == ("/ok", "hook.invalid")
            expected = signature(SECRET, got.headers["x-yingfeng-timestamp"], got.body)
            assert got.headers["x-yingfeng-signature"] == f"v1={expected}"
            assert asked == ["hook.invalid:443"]
            # A redirect to a private address, told through the tunnel, is not followed.
            led_away = hook.send(message(address="https://hook.invalid/redirect"))
            assert isinstance(led_away, Refused)
            assert "redirects to 127.0.0.1" in led_away.problem
            # Who holds no certificate of that name is told nothing.
            seen = len(server.received)
            other = hook.send(message(address="https://other.invalid/ok"))
            assert isinstance(other, NotNow)
            assert "certificate" in other.problem
            # No tunnel is asked for to a private address, by number or by a name that is one.
            tunnels = len(asked)
            for private in ("https://169.254.169.254/ok", "https://[::1]/ok", "https://localhost/ok"):
                assert isinstance(hook.send(message(address=private)), Refused)
            assert (len(server.received), len(asked)) == (seen, tunnels)
