"""Settings: one frozen object, built once, passed in.

Order of precedence: ``YINGFENG_<SECTION>__<KEY>_FILE`` (secrets), environment ``YINGFENG_<SECTION>__<KEY>``,
the TOML file, the defaults below. ``config/default.toml`` documents each key; a test compares the two.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator

from config.delivery_settings import (
    AppriseSettings,
    DingTalkSettings,
    EmailSettings,
    NoticesSettings,
    ReplySettings,
    SmsSettings,
    WebhookSettings,
    WeComSettings,
)
from config.section import Section, checked_url, words
from domain.errors import Invalid

PREFIX = "YINGFENG_"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _zone_name(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is not a time zone name such as Asia/Shanghai") from error
    return text


class MqttSettings(Section):
    url: str = "embedded"
    client_id: str = "yingfeng"
    version: Literal["3.1.1", "5"] = "3.1.1"
    share_group: str = ""
    share_leave: bool = False
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    accept_loss: bool = False
    max_payload_bytes: Annotated[int, Field(gt=0)] = 1_000_000
    high_water_bytes: Annotated[int, Field(gt=0)] = 64_000_000
    reconnect_max_s: Annotated[float, Field(gt=0)] = 10.0
    canary_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
    mappings: tuple[str, ...] = ()

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return value if value == "embedded" else checked_url(value, ("mqtt", "mqtts"))

    @field_validator("mappings", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return words(value)


class StoreSettings(Section):
    url: str = "duckdb:///var/readings.duckdb"
    token: str = ""
    username: str = ""
    password: str = ""
    org: str = "-"
    bucket: str = "yingfeng"
    ca_file: str = ""
    timeout_s: Annotated[float, Field(gt=0)] = 10.0
    batch_rows: Annotated[int, Field(gt=0)] = 5_000
    retention_days: Annotated[int, Field(ge=0)] = 0

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return checked_url(value, ("duckdb", "influxdb", "influxdbs", "memory"))


class LedgerSettings(Section):
    url: str = "sqlite:///var/ledger.sqlite"
    password: str = ""


class ApiSettings(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    secret: str = ""
    session_hours: Annotated[float, Field(gt=0)] = 12.0
    shutdown_s: Annotated[float, Field(gt=0)] = 10.0


class ProcessSettings(Section):
    stop_s: Annotated[float, Field(gt=0, le=3600)] = 30.0


class DistrictSettings(Section):
    id: str = "gaoxin"
    name: str = "高新区"
    timezone: str = "Asia/Shanghai"
    region: str = "zhejiang"
    policy_path: str = ""

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        return _zone_name(value)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class JournalSettings(Section):
    path: str = "var/journal"
    max_gb: Annotated[float, Field(gt=0)] = 10.0
    alarm_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    segment_mb: Annotated[float, Field(gt=0)] = 64.0
    batch_messages: Annotated[int, Field(gt=0)] = 1_000
    idle_ms: Annotated[float, Field(gt=0)] = 5.0


class ValidationSettings(Section):
    future_s: Annotated[float, Field(ge=0)] = 300.0
    late_days: Annotated[float, Field(gt=0)] = 400.0
    clock_drift_s: Annotated[float, Field(gt=0)] = 60.0
    power_limit_kw: Annotated[float, Field(gt=0)] = 1_000_000.0
    capacity_factor: Annotated[float, Field(gt=0)] = 1.2
    frozen_hours: Annotated[float, Field(gt=0)] = 4.0
    spike_factor: Annotated[float, Field(gt=0)] = 1.8


class MonitorSettings(Section):
    grace_s: Annotated[float, Field(ge=0)] = 30.0
    late_window_days: Annotated[int, Field(gt=0)] = 7
    minimum_coverage: Annotated[float, Field(gt=0, le=1)] = 0.9
    superseded_days: Annotated[int, Field(ge=0)] = 400


class WeatherSettings(Section):
    url: str = ""
    every_s: Annotated[float, Field(ge=60)] = 3600.0
    timeout_s: Annotated[float, Field(gt=0)] = 10.0
    latitude: Annotated[float, Field(ge=-90, le=90)] = 29.87
    longitude: Annotated[float, Field(ge=-180, le=180)] = 121.55
    token: str = ""
    time_path: str = "hourly.time"
    temperature_path: str = "hourly.temperature_2m"
    humidity_path: str = "hourly.relative_humidity_2m"
    timezone: str = "UTC"

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return checked_url(value, ("http", "https")) if value else value

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        return _zone_name(value)


class GrafanaSettings(Section):
    url: str = ""
    token: str = ""
    username: str = ""
    password: str = ""
    store_url: str = ""
    folder: str = "迎峰 Yingfeng"
    timeout_s: Annotated[float, Field(gt=0)] = 10.0


class ReportSettings(Section):
    #: Who drafted a report does not sign it: the paper has a line for each of them.
    four_eyes: bool = True


class BackfillSettings(Section):
    automatic: bool = False
    gap_minutes: Annotated[float, Field(gt=0)] = 15.0
    look_back_hours: Annotated[float, Field(gt=0, le=24 * 31)] = 24.0
    scan_minutes: Annotated[float, Field(gt=0)] = 15.0
    per_minute: Annotated[float, Field(gt=0)] = 6.0
    timeout_s: Annotated[float, Field(gt=0)] = 120.0


class Settings(Section):
    mqtt: MqttSettings = MqttSettings()
    store: StoreSettings = StoreSettings()
    ledger: LedgerSettings = LedgerSettings()
    api: ApiSettings = ApiSettings()
    process: ProcessSettings = ProcessSettings()
    district: DistrictSettings = DistrictSettings()
    journal: JournalSettings = JournalSettings()
    validation: ValidationSettings = ValidationSettings()
    monitor: MonitorSettings = MonitorSettings()
    backfill: BackfillSettings = BackfillSettings()
    notices: NoticesSettings = NoticesSettings()
    webhook: WebhookSettings = WebhookSettings()
    email: EmailSettings = EmailSettings()
    dingtalk: DingTalkSettings = DingTalkSettings()
    wecom: WeComSettings = WeComSettings()
    sms: SmsSettings = SmsSettings()
    apprise: AppriseSettings = AppriseSettings()
    reply: ReplySettings = ReplySettings()
    reports: ReportSettings = ReportSettings()
    weather: WeatherSettings = WeatherSettings()
    grafana: GrafanaSettings = GrafanaSettings()

    @property
    def channels(self) -> frozenset[str]:
        """Channels of notices that are switched on: the same in every process, wherever the workers run."""
        switched = {
            "mqtt": True,
            "webhook": bool(self.webhook.secret),
            "email": bool(self.email.host),
            "dingtalk": bool(self.dingtalk.url),
            "wecom": bool(self.wecom.url),
            "sms": bool(self.sms.url),
            "apprise": bool(self.apprise.schemas),
        }
        return frozenset(name for name, on in switched.items() if on)

    @model_validator(mode="after")
    def _check_bind(self) -> Settings:
        if self.api.host not in LOOPBACK and not self.api.secret:
            raise ValueError(
                f"api.host {self.api.host} is reachable from other machines: set api.secret (32 or more random "
                "characters, or YINGFENG_API__SECRET_FILE) and create users first, or bind 127.0.0.1"
            )
        return self


def _from_environment(environment: Mapping[str, str]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    found: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    # Names ending in _FILE come last so that a secret's file wins over a plain value.
    for name in sorted(environment, key=lambda n: (n.endswith("_FILE"), n)):
        section, separator, key = name.removeprefix(PREFIX).lower().partition("__")
        if not name.startswith(PREFIX) or not separator:
            continue
        value = environment[name]
        if key.endswith("_file") and key not in ("ca_file", "cert_file", "key_file"):
            key = key.removesuffix("_file")
            try:
                value = Path(value).read_text(encoding="utf-8").strip()
            except OSError as error:
                problems.append(f"{name}: cannot read {value}: {error.strerror}")
                continue
        found.setdefault(section, {})[key] = value
    return found, problems


def _from_file(path: Path | None) -> tuple[dict[str, Any], list[str]]:
    if path is None:
        return {}, []
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), []
    except OSError as error:
        return {}, [f"{path}: {error.strerror}"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [f"{path}: not valid TOML: {error}"]


def _line(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "settings"
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key; remove it or see config/default.toml for the known ones"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Build the settings, or raise Invalid with every mistake listed, one a line."""
    data, problems = _from_file(path)
    overrides, unread = _from_environment(os.environ if environment is None else environment)
    problems += unread
    merged = {key: dict(value) if isinstance(value, dict) else value for key, value in data.items()}
    for section, values in overrides.items():
        base = merged.setdefault(section, {})
        if isinstance(base, dict):
            base.update(values)
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        problems += [_line(dict(e)) for e in error.errors()]
        raise Invalid("the settings have mistakes:\n" + "\n".join(f"  - {p}" for p in problems)) from error
    if problems:
        raise Invalid("the settings have mistakes:\n" + "\n".join(f"  - {p}" for p in problems))
    return settings
