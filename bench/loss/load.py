"""Sequence-numbered readings: each number has a key (meter, instant) and a value of its own, so that what is stored
can be told apart and counted without any of our own code."""

from __future__ import annotations

import json
from dataclasses import dataclass

from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter

METERS = 200
MINUTE_MS = 60_000
#: Far enough back that no reading is from the future, and that the live windows do not look at them.
DAYS_BACK = 60
ENTERPRISE = "E001"
Key = tuple[str, int]


def registry() -> tuple[list[Enterprise], list[Account], list[Meter]]:
    account = Account(AccountId("A1"), ALWAYS, EnterpriseId(ENTERPRISE))
    meters = [Meter(MeterId(f"M{i:03}"), ALWAYS, account.id, interval_s=60) for i in range(METERS)]
    return [Enterprise(EnterpriseId(ENTERPRISE), ALWAYS, "甲厂")], [account], meters


@dataclass(frozen=True)
class Load:
    """``start_ms`` : instant of the first reading of each meter, on a whole minute."""

    start_ms: int
    district: str = "gaoxin"

    def key(self, number: int) -> Key:
        minute, meter = divmod(number, METERS)
        return f"M{meter:03}", self.start_ms + minute * MINUTE_MS

    @staticmethod
    def power_kw(number: int) -> float:
        """A value of its own for each number, small enough that millions of them are plausible."""
        return number / 100

    def message(self, number: int) -> tuple[str, bytes]:
        meter, ts_ms = self.key(number)
        return self._topic(meter), json.dumps({"ts": ts_ms, "p_kw": self.power_kw(number), "seq": number}).encode()

    def conflict(self, number: int) -> tuple[str, bytes]:
        """Another value for a reading that was sent: it belongs into quarantine, and the first value stays."""
        meter, ts_ms = self.key(number)
        return self._topic(meter), json.dumps(
            {"ts": ts_ms, "p_kw": self.power_kw(number) + 0.005, "seq": number}
        ).encode()

    def stranger(self, number: int) -> tuple[str, bytes]:
        """A meter that nobody registered. Quarantine keeps a reading without its ``seq``: the value tells it apart."""
        meter, ts_ms = self.key(number)
        payload = {"ts": ts_ms, "p_kw": self.power_kw(number), "seq": number}
        return self._topic(f"X{meter}"), json.dumps(payload).encode()

    def broken(self, number: int) -> tuple[str, bytes]:
        meter, _ = self.key(number)
        return self._topic(meter), b'{"seq": %d, "ts": ' % number

    def _topic(self, meter: str) -> str:
        return f"yingfeng/v1/{self.district}/enterprise/{ENTERPRISE}/{meter}/reading"
