"""Settings: five mistakes are five lines, secrets come from files, sections fit together."""

from pathlib import Path

import pytest

from app.roles import ALL_ROLES, REPLY_ALONE, check_together, parse_roles
from config.settings import load_settings
from domain.errors import Invalid


def test_five_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    file = tmp_path / "yingfeng.toml"
    file.write_text(
        '[mqtt]\nurl = "tcp://broker"\n[store]\nurl = "oracle://x"\n[api]\nport = 99999\n'
        '[district]\ntimezone = "Mars/Base"\n[journal]\nmax_gbb = 3\n',
        encoding="utf-8",
    )
    with pytest.raises(Invalid) as caught:
        load_settings(file, {})
    message = str(caught.value)
    for place in ("mqtt.url", "store.url", "api.port", "district.timezone", "journal.max_gbb"):
        assert place in message
    assert message.count("\n  - ") == 5


def test_environment_wins_over_the_file_and_a_secret_file_over_both(tmp_path: Path) -> None:
    file = tmp_path / "yingfeng.toml"
    file.write_text('[mqtt]\nurl = "mqtt://a:1883"\npassword = "plain"\n', encoding="utf-8")
    secret = tmp_path / "password"
    secret.write_text("from-file\n", encoding="utf-8")
    environment = {
        "YINGFENG_MQTT__URL": "mqtt://b:1883",
        "YINGFENG_MQTT__PASSWORD": "from-environment",
        "YINGFENG_MQTT__PASSWORD_FILE": str(secret),
    }
    settings = load_settings(file, environment)
    assert settings.mqtt.url == "mqtt://b:1883"
    assert settings.mqtt.password == "from-file"


def test_a_secret_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="YINGFENG_STORE__TOKEN_FILE: cannot read"):
        load_settings(None, {"YINGFENG_STORE__TOKEN_FILE": str(tmp_path / "absent")})


def test_a_bind_beyond_loopback_without_a_secret_is_refused() -> None:
    with pytest.raises(Invalid, match=r"api\.secret"):
        load_settings(None, {"YINGFENG_API__HOST": "0.0.0.0"})


def test_the_embedded_broker_is_refused_for_serve_unless_loss_is_accepted() -> None:
    assert "mqtt.accept_loss" in check_together(load_settings(None, {}), ALL_ROLES)[0]
    accepted = load_settings(None, {"YINGFENG_MQTT__ACCEPT_LOSS": "true"})
    assert check_together(accepted, ALL_ROLES) == []


def test_split_roles_need_a_store_that_serves_several_processes() -> None:
    settings = load_settings(None, {"YINGFENG_MQTT__URL": "mqtt://broker:1883"})
    assert "InfluxDB" in check_together(settings, parse_roles(["ingest"]))[0]


def test_unknown_roles_are_named() -> None:
    with pytest.raises(Invalid, match="unknown role chef"):
        parse_roles(["chef"])


def test_mistakes_of_channels_are_listed_together() -> None:
    environment = {
        "YINGFENG_NOTICES__QUIET_FROM": "25:00",
        "YINGFENG_NOTICES__ALLOWED_HOSTS": "*.example.org",
        "YINGFENG_WEBHOOK__SECRET": "short",
        "YINGFENG_EMAIL__HOST": "mail.example.org",
        "YINGFENG_DINGTALK__URL": "https://oapi.example.org/robot/send?access_token=hidden",
        "YINGFENG_SMS__URL": "https://sms.example.org/send",
        "YINGFENG_SMS__BODY": "to=${telephone}",
        "YINGFENG_APPRISE__SCHEMAS": "lark,json",
    }
    with pytest.raises(Invalid) as told:
        load_settings(None, environment)
    lines = str(told.value).splitlines()[1:]
    for key in ("notices.quiet_from", "notices.allowed_hosts", "webhook.secret", "email", "dingtalk", "sms.body"):
        assert any(f"- {key}:" in line for line in lines), key
    assert any("apprise.schemas" in line for line in lines)
    assert "hidden" not in str(told.value)


def test_a_certificate_of_channels_that_cannot_be_read_is_found_before_the_start() -> None:
    settings = load_settings(None, {"YINGFENG_NOTICES__CA_FILE": "absent.pem", "YINGFENG_MQTT__ACCEPT_LOSS": "true"})
    assert ["notices.ca_file" in problem for problem in check_together(settings, ALL_ROLES)] == [True]


def test_a_certificate_of_the_broker_that_cannot_be_read_is_listed_with_the_others() -> None:
    files = {"YINGFENG_MQTT__CA_FILE": "absent.pem", "YINGFENG_NOTICES__CA_FILE": "absent.pem"}
    told = check_together(load_settings(None, files | {"YINGFENG_MQTT__URL": "mqtts://broker:8883"}), ALL_ROLES)
    assert [problem.partition(":")[0] for problem in told] == [
        "mqtt.ca_file, mqtt.cert_file, mqtt.key_file",
        "notices.ca_file",
    ]


def test_links_need_an_address_that_phones_reach() -> None:
    given = {"YINGFENG_MQTT__ACCEPT_LOSS": "true", "YINGFENG_WEBHOOK__SECRET": "sixteen-characters"}
    assert ["reply.url" in problem for problem in check_together(load_settings(None, given), ALL_ROLES)] == [True]
    named = load_settings(None, given | {"YINGFENG_REPLY__URL": "https://reply.example.org/"})
    assert check_together(named, ALL_ROLES) == []
    assert named.reply.url == "https://reply.example.org"


def test_the_reply_role_runs_alone() -> None:
    assert parse_roles(["reply"]) == REPLY_ALONE
    for names in (["reply", "api"], ["all", "reply"]):
        with pytest.raises(Invalid, match="runs alone"):
            parse_roles(names)
    outside = {"YINGFENG_STORE__URL": "influxdb://store:8086", "YINGFENG_REPLY__HOST": "0.0.0.0"}
    assert "reverse proxy with TLS" in check_together(load_settings(None, outside), REPLY_ALONE)[0]
