"""HTTP to the outside for channels: no redirects, no private addresses unless the settings name the host.

An address entered for a recipient must not make this program fetch what only it can reach (server-side request
forgery). The name is resolved here and the connection goes to the address that was checked, so a name that changes its
mind between the two (DNS rebinding) gains nothing. Through a proxy the proxy resolves; then only what can be resolved
here is checked.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from config.delivery_settings import NoticesSettings
from domain.errors import Invalid
from response.delivery.channels import NotNow, Refused

#: An answer is read no further than this [bytes]; nobody's error message is longer.
MOST_BYTES = 65_536
_LATER = frozenset({408, 423, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer of the 2xx kind. What the body says of success is the channel's to read."""

    status: int
    body: bytes


class Outgoing:
    """A context manager; one for all channels of a process. Thread-safe."""

    def __init__(self, settings: NoticesSettings, named_in_settings: frozenset[str] = frozenset()) -> None:
        self._timeout_s = settings.timeout_s
        self._trusted = frozenset(settings.allowed_hosts) | named_in_settings
        self._proxied = bool(settings.proxy)
        try:
            context = ssl.create_default_context(cafile=settings.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise Invalid(f"notices.ca_file: cannot use {settings.ca_file}: {error}") from error
        self._client = httpx.Client(
            verify=context,
            proxy=settings.proxy or None,
            timeout=settings.timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> HttpAnswer | NotNow | Refused:
        """Problems name the host only: the address may hold a token."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            return Refused("the address must be http(s)://host/path, without a user in it")
        pinned = self._checked(host, parts.port or (443 if parts.scheme == "https" else 80))
        if isinstance(pinned, NotNow | Refused):
            return pinned
        try:
            return self._send(url, pinned, content, headers, host)
        except httpx.TimeoutException:
            return NotNow(f"{host} did not answer within {self._timeout_s:g} s")
        except (httpx.TransportError, httpx.InvalidURL, ValueError) as error:
            return NotNow(f"{host} cannot be reached: {error or type(error).__name__}")

    def _checked(self, host: str, port: int) -> str | NotNow | Refused:
        """The address to connect to; empty: by its name."""
        if host in self._trusted:
            return ""
        try:
            found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except OSError as error:
            if self._proxied:
                return ""
            return NotNow(f"{host} cannot be resolved: {error.strerror or error}")
        private = [address for address in found if not is_public(address)]
        if private:
            return Refused(f"{host} is the private address {private[0]}: name it in notices.allowed_hosts if meant")
        return "" if self._proxied else found[0]

    def _send(
        self, url: str, pinned: str, content: bytes, headers: Mapping[str, str], host: str
    ) -> HttpAnswer | NotNow | Refused:
        target = httpx.URL(url)
        named = {**headers, "Host": target.netloc.decode("ascii")}
        extensions = {"sni_hostname": host} if pinned else {}
        request = self._client.build_request(
            "POST",
            target.copy_with(host=pinned) if pinned else target,
            content=content,
            headers=named,
            extensions={**extensions, "timeout": httpx.Timeout(self._timeout_s).as_dict()},
        )
        deadline = time.monotonic() + self._timeout_s
        answer = self._client.send(request, stream=True)
        try:
            if 300 <= answer.status_code < 400:
                # Following would lose the body, and lead wherever the other side likes.
                elsewhere = urlsplit(answer.headers.get("location", "")).hostname or "elsewhere"
                return Refused(f"{host} redirects to {elsewhere}: not followed, enter that address itself")
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if time.monotonic() > deadline:
                    return NotNow(f"{host} did not end its answer within {self._timeout_s:g} s")
                if len(body) > MOST_BYTES:
                    break
        finally:
            answer.close()
        return _judged(answer, body[:MOST_BYTES], host)


def _judged(answer: httpx.Response, body: bytes, host: str) -> HttpAnswer | NotNow | Refused:
    status = answer.status_code
    if 200 <= status < 300:
        return HttpAnswer(status, body)
    said = body[:200].decode("utf-8", "replace").strip()
    problem = f"{host} answered HTTP {status}{': ' + said if said else ''}"
    if status in _LATER or status >= 500:
        wait = answer.headers.get("retry-after", "")
        return NotNow(problem, after_s=float(wait) if wait.isdigit() and len(wait) < 6 else 0.0)
    return Refused(problem)


def is_public(address: str) -> bool:
    """Whether an IP address is one that strangers have too: not loopback, private, link-local, multicast, mapped."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            found = inner
        elif found in ipaddress.ip_network("64:ff9b::/96"):
            found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.is_global and not found.is_multicast
