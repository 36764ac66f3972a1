"""Access files: the same registry gives the same bytes, passwords stay, secrets are their owner's alone."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import app
from domain.errors import Invalid
from domain.ids import GatewayId, MeterId
from domain.registry import ALWAYS, Meter
from ingest.access import emqx
from ingest.access.files import Wishes, Written, write_access
from ingest.access.passwords import Hashed, read_hashes
from ingest.access.rights import speakers
from tests.support.registry import FACTORY_ACCOUNT, FACTORY_MAIN, SUMMER, small_registry

NOW = datetime(2026, 7, 1, tzinfo=UTC)
VIEW = small_registry().view(SUMMER)


def write(folder: Path, **wishes: object) -> Written:
    return write_access(folder, VIEW, "gaoxin", replace(Wishes(), **wishes), now=NOW)  # type: ignore[arg-type]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_access_list_is_the_registry_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path)
    text = (tmp_path / "mosquitto.acl").read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    base = "yingfeng/v1/gaoxin"
    assert rules == [
        "user enterprise-E001",
        f"topic write {base}/enterprise/E001/reply",
        f"topic read {base}/enterprise/E001/notice",
        "user enterprise-E002",
        f"topic write {base}/enterprise/E002/reply",
        f"topic read {base}/enterprise/E002/notice",
        "user meter-B001",
        f"topic write {base}/enterprise/grid/B001/reading",
        "user meter-M001",
        f"topic write {base}/enterprise/E001/M001/reading",
        "user meter-M002",
        f"topic write {base}/enterprise/E002/M002/reading",
        "user yingfeng",
        f"topic write {base}/event/#",
        f"topic write {base}/enterprise/+/notice",
        f"topic write {base}/enterprise/_canary/+/reading",
        f"topic read {base}/#",
        "user yingfeng-weather",
        f"topic write {base}/weather",
    ]


@pytest.mark.parametrize("broker", ["mosquitto", "emqx"])
def test_a_second_run_changes_nothing(tmp_path: Path, broker: str) -> None:
    wishes = {"broker": broker, "certificates": True, "server_names": ("mqtt.example", "127.0.0.1")}
    first = write(tmp_path, **wishes)
    before = content(tmp_path)
    again = write(tmp_path, **wishes)
    assert (len(first.made), first.users) == (7, 7)
    assert (again.made, again.changed, again.certificates) == ({}, (), ())
    assert content(tmp_path) == before


def test_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    write(tmp_path, broker="emqx", certificates=True, server_names=("mqtt.example",))
    secret = ["users.passwd", "new-passwords.csv", "emqx-users.csv", "ca.key", "server.key", "clients/meter-M001.key"]
    for name in secret:
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    made = (tmp_path / "new-passwords.csv").read_text(encoding="utf-8")
    for name, raw in content(tmp_path).items():
        for line in made.splitlines():
            assert name == "new-passwords.csv" or line.partition(",")[2].encode() not in raw, name


def test_passwords_are_those_that_were_hashed_and_change_only_when_asked(tmp_path: Path) -> None:
    made = write(tmp_path, keep_clear=False).made
    assert not (tmp_path / "new-passwords.csv").exists()
    hashes = read_hashes((tmp_path / "users.passwd").read_text(encoding="utf-8"), "users.passwd")
    assert all(hashes[user].matches(password) for user, password in made.items())
    assert not hashes["meter-M001"].matches(made["meter-M002"])
    again = write(tmp_path, keep_clear=False, renew=("meter-M001",))
    assert list(again.made) == ["meter-M001"]
    later = read_hashes((tmp_path / "users.passwd").read_text(encoding="utf-8"), "users.passwd")
    assert {user for user in later if later[user] != hashes[user]} == {"meter-M001"}
    assert len(write(tmp_path, renew_all=True).made) == 7
    with pytest.raises(Invalid, match="no such users: meter-M009"):
        write(tmp_path, renew=("meter-M009",))


def test_passwords_not_handed_out_yet_survive_the_next_run(tmp_path: Path) -> None:
    first = write(tmp_path).made
    write(tmp_path, renew=("meter-M001",))
    rows = dict(line.split(",") for line in (tmp_path / "new-passwords.csv").read_text(encoding="utf-8").splitlines())
    assert rows.keys() == first.keys()
    assert {user for user in rows if rows[user] != first[user]} == {"meter-M001"}


def test_a_meter_behind_a_gateway_has_no_user_of_its_own() -> None:
    behind = Meter(MeterId("M010"), ALWAYS, FACTORY_ACCOUNT.id, gateway=GatewayId("G01"))
    gone = replace(FACTORY_MAIN, in_service=False)
    registry = replace(small_registry(), meters=(behind, gone))
    users = {speaker.user for speaker in speakers(registry.view(SUMMER), "gaoxin")}
    assert {"gateway-G01"} == {user for user in users if user.startswith(("meter", "gateway"))}


def test_own_rules_are_kept(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "local.acl").write_text("user canary\ntopic write canary/#\n", encoding="utf-8")
    write(tmp_path)
    assert (tmp_path / "mosquitto.acl").read_text(encoding="utf-8").endswith("user canary\ntopic write canary/#\n")


def test_a_foreign_password_file_is_refused_by_line_and_not_lost(tmp_path: Path) -> None:
    write(tmp_path)
    file = tmp_path / "users.passwd"
    file.write_text(file.read_text(encoding="utf-8") + "bob:plain\n", encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(Invalid, match="line 8 is no password"):
        write(tmp_path)
    assert file.read_bytes() == before


# -- EMQX: its documented format, since no EMQX runs here

_RULE = re.compile(r'\{allow, \{user, "[\w.-]+"\}, (publish|subscribe), \["[^"]+"(, "[^"]+")*\]\}\.')


def test_emqx_rules_have_the_documented_form_and_end_with_a_refusal(tmp_path: Path) -> None:
    write(tmp_path, broker="emqx")
    lines = (tmp_path / "emqx-acl.conf").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.startswith("%%")]
    assert rules.pop() == "{deny, all}."
    assert all(_RULE.fullmatch(rule) for rule in rules)
    base = "yingfeng/v1/gaoxin"
    assert f'{{allow, {{user, "enterprise-E001"}}, subscribe, ["{base}/enterprise/E001/notice"]}}.' in rules
    assert f'{{allow, {{user, "meter-M001"}}, publish, ["{base}/enterprise/E001/M001/reading"]}}.' in rules
    heard = [rule for rule in rules if "subscribe" in rule]
    assert [rule for rule in heard if "#" in rule or "+" in rule] == [
        f'{{allow, {{user, "yingfeng"}}, subscribe, ["{base}/#"]}}.'
    ]
    rows = [line.split(",") for line in (tmp_path / "emqx-users.csv").read_text(encoding="utf-8").splitlines()]
    assert rows[0] == ["user_id", "password_hash", "salt", "is_superuser"]
    assert all(len(row[1]) == 128 and row[3] == "false" for row in rows[1:])


def test_emqx_cannot_use_hashes_of_another_tool() -> None:
    with pytest.raises(Invalid, match="--renew bob"):
        emqx.users({"bob": Hashed(101, b"\xff" * 12, b"\x00" * 64)})


@given(st.text(min_size=1, max_size=40))
def test_a_hash_is_read_as_it_was_written(password: str) -> None:
    hashed = Hashed.of(password)
    assert read_hashes(f"u:{hashed.line}\n", "f") == {"u": hashed}
    assert hashed.matches(password)
    assert not hashed.matches(password + "x")
    assert len(hashed.salt) == 12


def test_the_command_says_what_changed(tmp_path: Path) -> None:
    config = tmp_path / "yingfeng.toml"
    config.write_text(f'[ledger]\nurl = "sqlite:///{tmp_path}/ledger.sqlite"\n', encoding="utf-8")
    arguments = ["broker", "files", "--out", str(tmp_path / "access"), "--config", str(config)]
    first = CliRunner().invoke(app, [*arguments, "--print"], catch_exceptions=False)
    assert "2 用户 users · 新密码 new passwords 2" in first.output
    assert re.search(r"^yingfeng,\S{32}$", first.output, re.MULTILINE)
    again = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert "新密码 new passwords 0" in again.output
    missing = CliRunner().invoke(app, [*arguments, "--certificates"])
    assert isinstance(missing.exception, Invalid)
    assert "--server-name" in str(missing.exception)
