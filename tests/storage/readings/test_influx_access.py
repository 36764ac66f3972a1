"""Passwords, tokens and certificates of real InfluxDB servers: right is let in, wrong says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import Unavailable
from storage.readings.influx import InfluxStore
from tests.servers.influx import Influx
from tests.servers.mosquitto import make_certificates
from tests.servers.process import free_port
from tests.storage.readings.rows import batch, minutes, reading, shown


def _writes(influx: Influx, **changes: str) -> None:
    store = InfluxStore(influx.settings(**changes))
    try:
        assert store.write(batch(reading("m"))).accepted == 1
        assert shown(store.read(["m"], minutes(0, 1))) == shown(batch(reading("m")))
    finally:
        store.close()


def _refused(influx: Influx, hint: str, **changes: str) -> None:
    store = InfluxStore(influx.settings(**changes))
    try:
        for ask in (lambda: store.write(batch(reading("m"))), lambda: store.read(["m"], minutes(0, 1))):
            with pytest.raises(Unavailable, match=hint):
                ask()
    finally:
        store.close()


def test_the_right_password_or_token_is_let_in_and_a_wrong_one_says_so(influx_with_auth: Influx) -> None:
    _writes(influx_with_auth)
    wrong: list[dict[str, str]] = [{"username": "", "password": "", "token": ""}]
    wrong += [{"token": "wrong"}] if influx_with_auth.release >= 2 else [{"password": "wrong"}]
    for changes in wrong:
        _refused(influx_with_auth, r"store\.username and store\.password, or store\.token", **changes)


def test_tls_with_the_right_authority(influx_with_tls: Influx) -> None:
    _writes(influx_with_tls)


def test_an_authority_that_did_not_sign_is_refused(influx_with_tls: Influx, tmp_path: Path) -> None:
    _refused(influx_with_tls, r"is not trusted .*store\.ca_file", ca_file=str(make_certificates(tmp_path)))
    _refused(influx_with_tls, r"is not trusted .*store\.ca_file", ca_file="")
    _refused(influx_with_tls, r"store\.ca_file: there is no file", ca_file=str(tmp_path / "absent.crt"))


def test_a_certificate_of_another_name_is_refused(influx_with_tls: Influx) -> None:
    url = f"influxdbs://localhost:{influx_with_tls.port}"
    _refused(influx_with_tls, "use the host name it was issued for", url=url)


def test_a_wrong_password_over_tls_says_so(influx_with_tls: Influx) -> None:
    _refused(influx_with_tls, r"store\.username and store\.password", username="x", password="wrong", token="wrong")


def test_plain_and_tls_are_not_confused(influx: Influx, influx_with_tls: Influx) -> None:
    _refused(influx_with_tls, "influxdbs://", url=f"influxdb://127.0.0.1:{influx_with_tls.port}", ca_file="")
    _refused(influx, "does its port speak TLS", url=f"influxdbs://127.0.0.1:{influx.port}")
    _refused(influx, "does not answer", url=f"influxdbs://127.0.0.1:{free_port()}")
