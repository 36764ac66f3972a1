"""E-mail by SMTP. The server's own answer to the message is the proof: it names the place in its queue."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from config.delivery_settings import EmailSettings
from domain.errors import Invalid
from response.delivery.channels import Delivered, Message, NotNow, Outcome, Refused


class EmailChannel:
    """The recipient's address is an e-mail address. One connection for each message: a district writes few."""

    name = "email"
    reaches_people = True

    def __init__(self, settings: EmailSettings, *, timeout_s: float, ca_file: str = "") -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        try:
            self._context = ssl.create_default_context(cafile=ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise Invalid(f"notices.ca_file: cannot use {ca_file}: {error}") from error

    def send(self, message: Message) -> Outcome:
        if "@" not in message.address or any(sign in message.address for sign in "\r\n,;<> "):
            return Refused(f"{message.address[:80]!r} is not one e-mail address")
        try:
            with self._connection() as smtp:
                return self._hand_over(smtp, message)
        except smtplib.SMTPResponseException as error:
            return _judged(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return NotNow(f"{self._settings.host} cannot be reached: {error or type(error).__name__}")

    def _connection(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=self._timeout_s, context=self._context
            )
        else:
            smtp = smtplib.SMTP(settings.host, settings.port, timeout=self._timeout_s)
        if settings.security == "starttls":
            smtp.starttls(context=self._context)
        if settings.username:
            smtp.login(settings.username, settings.password)
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, message: Message) -> Outcome:
        """The steps of ``send_message`` one by one: it does not return what the server says to the message itself."""
        smtp.ehlo_or_helo_if_needed()
        for code, said in (smtp.mail(self._settings.sender), smtp.rcpt(message.address)):
            if code not in (250, 251):
                return _judged(code, said)
        code, said = smtp.data(self._written(message).as_bytes())
        if code != 250:
            return _judged(code, said)
        return Delivered(f"{code} {said.decode('utf-8', 'replace')}"[:200])

    def _written(self, message: Message) -> EmailMessage:
        written = EmailMessage()
        # A subject of several lines would be headers of their own.
        written["Subject"] = " ".join(message.subject.split())
        written["From"] = self._settings.sender
        written["To"] = message.address
        written["Date"] = formatdate(localtime=False)
        # The same when it is sent again after a crash: mail programs show it once.
        written["Message-ID"] = f"<yingfeng-{message.id}@{self._settings.sender.rpartition('@')[2]}>"
        written["Auto-Submitted"] = "auto-generated"
        written.set_content(message.text)
        return written


def _judged(code: int, said: bytes | str) -> Outcome:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    problem = f"SMTP {code}: {words[:300]}"
    # 535 is our own password: whoever corrects it wants the mails that waited.
    return Refused(problem) if 500 <= code < 600 and code not in (530, 535) else NotNow(problem)
