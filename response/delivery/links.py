"""One-tap links: signed, good for one notice and until an instant; nobody signs in.

A token is ``expiry.notice.signature``: the expiry in seconds (base 36), the notice's id (base64url) and 128 bits of
HMAC-SHA256 over both and the purpose. Who holds the link may answer for the recipient of that notice, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

from domain.errors import Forbidden, NotFound
from domain.notices import Notice

#: No link is longer: what is longer was not made here.
LONGEST_TOKEN = 300
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class LinkExpired(Forbidden):
    """The link was ours and is over. ``notice_id`` : of which notice"""

    def __init__(self, notice_id: str) -> None:
        super().__init__("链接已过期，请致电值班人员 / this link is over; call the officer on duty")
        self.notice_id = notice_id


class Links:
    """secret : asked for when first needed; base_url : what links begin with; after_s : open after the deadline"""

    def __init__(self, secret: Callable[[], str], base_url: str, *, after_s: float) -> None:
        self._secret = secret
        self._base_url = base_url
        self._after_s = after_s

    def of(self, notice: Notice) -> str:
        """Empty for a notice that asks for no answer."""
        if notice.reply is None:
            return ""
        expires_s = round(notice.reply.deadline_ms / 1000 + self._after_s)
        return f"{self._base_url}/r/{self.token(notice.id, notice.reply.purpose, expires_s)}"

    def token(self, notice_id: str, purpose: str, expires_s: int) -> str:
        head = f"{_base36(expires_s)}.{_encoded(notice_id.encode())}"
        return f"{head}.{self._signature(f'{head}|{purpose}')}"

    def notice_id(self, token: str) -> str:
        """Which notice a token says it is of; it is believed only after ``check``. NotFound when it is no token."""
        parts = token.split(".")
        try:
            if len(token) > LONGEST_TOKEN or len(parts) != 3:
                raise ValueError("not three parts")
            return base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode()
        except (ValueError, binascii.Error):
            raise NotFound("链接不完整或已被改动 / this link is not complete, or was altered") from None

    def check(self, token: str, notice: Notice, now_ms: int) -> None:
        """Raises NotFound for a token that was altered or is for another purpose, LinkExpired when it is over."""
        head, _, signed = token.rpartition(".")
        purpose = notice.reply.purpose if notice.reply is not None else ""
        if not purpose or not hmac.compare_digest(signed.encode(), self._signature(f"{head}|{purpose}").encode()):
            raise NotFound("链接不完整或已被改动 / this link is not complete, or was altered")
        if now_ms > int(head.partition(".")[0], 36) * 1000:
            raise LinkExpired(notice.id)

    def form_nonce(self, token: str, random: str) -> str:
        """Names one showing of the page, so that the same form sent twice is known."""
        return f"{random}.{self._signature(f'form|{token}|{random}')}"

    def is_form(self, token: str, nonce: str) -> bool:
        random, _, signed = nonce.partition(".")
        return hmac.compare_digest(signed.encode(), self._signature(f"form|{token}|{random}").encode())

    def _signature(self, text: str) -> str:
        return _encoded(hmac.new(self._secret().encode(), f"reply|{text}".encode(), hashlib.sha256).digest()[:16])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"
