"""Settings of delivery: when information waits, and the channels over which people are told.

A channel with no address is off. Secrets come from ``*_FILE`` variables, as everywhere.
"""

from __future__ import annotations

from datetime import time
from string import Template
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from config.section import Section, checked_url, clock_time, secret_url, words

#: What a text message's body may name.
SMS_WORDS = frozenset({"phone", "template", "subject", "body", "link", "drill", "id", "kind"})
#: Apprise's own schemes that post to any address; webhooks of ours are signed and guarded instead.
ANYWHERE = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises", "syslog", "rsyslog"})


class NoticesSettings(Section):
    quiet_from: str = "22:00"
    quiet_to: str = "07:00"
    group_s: Annotated[float, Field(ge=0)] = 20.0
    repeat_s: Annotated[float, Field(ge=0)] = 600.0
    per_hour: Annotated[int, Field(gt=0)] = 20
    second_channel_s: Annotated[float, Field(gt=0)] = 300.0
    retry_first_s: Annotated[float, Field(gt=0)] = 2.0
    retry_most_s: Annotated[float, Field(gt=0)] = 300.0
    give_up_hours: Annotated[float, Field(gt=0)] = 24.0
    call_from: Literal["info", "warning", "serious", "critical"] = "serious"
    acknowledge_s: Annotated[float, Field(gt=0)] = 300.0
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    proxy: str = ""
    ca_file: str = ""
    allowed_hosts: tuple[str, ...] = ()

    @field_validator("quiet_from", "quiet_to")
    @classmethod
    def _check_time(cls, value: str) -> str:
        return clock_time(value)

    @field_validator("proxy")
    @classmethod
    def _check_proxy(cls, value: str) -> str:
        return secret_url(value)

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return words(value)

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if "/" in host or "*" in host or not host:
                raise ValueError(f"{host!r} is not a host name or address; name each host, without scheme and path")
        return tuple(host.lower() for host in value)

    @property
    def quiet(self) -> tuple[time, time]:
        return time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_to)


class WebhookSettings(Section):
    secret: str = ""

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError("a secret that signs has 16 or more random characters")
        return value


class EmailSettings(Section):
    host: str = ""
    port: Annotated[int, Field(gt=0, le=65535)] = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: str = ""
    sender: str = ""

    @model_validator(mode="after")
    def _check_sender(self) -> Self:
        if self.host and "@" not in self.sender:
            raise ValueError(f"with a host it needs sender, an address as yingfeng@example.org, not {self.sender!r}")
        if self.security == "none" and self.password:
            raise ValueError("security = none would send the password in the open")
        return self


class DingTalkSettings(Section):
    url: str = ""
    secret: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        secret_url(self.url)
        if self.url and not self.secret:
            raise ValueError("with a url it needs secret: the robot's signing secret (加签, SEC...)")
        return self


class WeComSettings(Section):
    url: str = ""

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return secret_url(value)


class SmsSettings(Section):
    url: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    token: str = ""
    content: Literal["json", "form"] = "json"
    body: str = (
        '{"phone": "${phone}", "template": "${template}", "variables": {"subject": "${subject}", "link": "${link}"}}'
    )
    templates: dict[str, str] = Field(default_factory=dict)
    success_path: str = "code"
    success_value: str = "0"
    proof_path: str = "id"

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return secret_url(value)

    @field_validator("templates", "headers", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        # From the environment: "dr.invitation=SMS_1,alert.=SMS_2".
        return dict(part.partition("=")[::2] for part in words(value)) if isinstance(value, str) else value

    @field_validator("body")
    @classmethod
    def _check_body(cls, value: str) -> str:
        template = Template(value)
        if not template.is_valid():
            raise ValueError("a $ that names nothing; write ${phone}, or $$ for the sign itself")
        named = set(template.get_identifiers())
        if unknown := named - SMS_WORDS:
            raise ValueError(f"{', '.join(sorted(unknown))}: not one of {', '.join(sorted(SMS_WORDS))}")
        if "phone" not in named or not named & {"subject", "drill"}:
            raise ValueError("it must name ${phone}, and ${subject} or ${drill}: a drill is told on every message")
        return value

    @model_validator(mode="after")
    def _check_templates(self) -> Self:
        if self.url and not self.templates:
            raise ValueError('with a url it needs templates: kind = id, as {"dr.invitation" = "SMS_123", "" = "SMS_9"}')
        return self

    def template_of(self, kind: str) -> str | None:
        """The provider's template for a kind: the longest beginning that is named; ``""`` stands for all others."""
        fitting = [key for key in self.templates if kind.startswith(key)]
        return self.templates[max(fitting, key=len)] if fitting else None


class AppriseSettings(Section):
    schemas: tuple[str, ...] = ()

    @field_validator("schemas", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return words(value)

    @field_validator("schemas")
    @classmethod
    def _check(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if anywhere := sorted(set(value) & ANYWHERE):
            raise ValueError(f"{', '.join(anywhere)} would post to any address; use a webhook route, which is signed")
        return value


class ReplySettings(Section):
    url: str = ""
    secret: str = ""
    hours_after: Annotated[float, Field(ge=0)] = 24.0
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8001

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if value and (urlsplit(value).query or urlsplit(value).fragment):
            raise ValueError(f"{value!r} is the beginning of every link: no ? and no #")
        return checked_url(value, ("http", "https")).rstrip("/") if value else value

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("the secret of links has 32 or more random characters")
        return value
