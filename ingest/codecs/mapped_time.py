"""The time of a message rule: which instant an element speaks of, and whether the device's clock can be right."""

from __future__ import annotations

from config.json_path import ABSENT, JsonPath, Place
from config.mapping_table import TimeRule
from config.time_format import TimeFormat
from domain.quality import Quality
from ingest.codecs.columns import DecodeError
from ingest.codecs.mapped_values import shown
from ingest.codecs.timestamps import EARLIEST_MS, LATEST_MS
from ingest.codecs.told import Told, Witness

_ISO = TimeFormat("iso")


class MappedTime:
    """``zone`` : of local times"""

    def __init__(self, rule: TimeRule, zone: str) -> None:
        self.rule, self.zone = rule, zone
        self._read = JsonPath.parse(rule.path).reader() if rule.path else None
        self._format = TimeFormat(rule.format)

    def instant(self, place: Place, received_ms: int, witness: Witness | None) -> int:
        rule = self.rule
        raw = self._read(place) if self._read is not None else ABSENT
        received = rule.format == "received" or (raw is ABSENT and rule.missing == "received")
        if received:
            ts_ms = received_ms
        elif raw is ABSENT:
            raise DecodeError("no_timestamp", f"no instant stands at {rule.path!r}")
        elif isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise DecodeError("bad_timestamp", f"the instant at {rule.path!r} is {shown(raw)}")
        else:
            try:
                ts_ms = self._format.read(raw, self.zone)
            except ValueError as error:
                raise DecodeError("bad_timestamp", f"the instant at {rule.path!r}: {error}"[:300]) from None
        if not EARLIEST_MS <= ts_ms < LATEST_MS:
            detail = f"the instant at {rule.path!r} lies outside 2005...2099: {shown(raw)}; check clock and format"
            raise DecodeError("absurd_date", detail)
        if witness:
            how = rule.format + (f" in {self.zone}" if self._format.is_local else "")
            how = "the instant ingest received it" if received else how
            witness(Told("time", rule.path, raw, how, _ISO.write(ts_ms, self.zone)))
        return ts_ms

    def checked(self, ts_ms: int, received_ms: int, witness: Witness | None) -> tuple[int, Quality | None]:
        """The instant to keep, and CLOCK where the device's clock is wrong by more than the rule allows.

        Ahead can only be the clock; behind may be an outage of ours while the broker held the message, so there the
        device's word is kept."""
        rule, ahead_s = self.rule, (ts_ms - received_ms) / 1000
        if rule.format == "received":
            return ts_ms, None
        if rule.ahead_s is not None and ahead_s > rule.ahead_s:
            if witness:
                witness(Told("time", "", f"{ahead_s:,.0f} s ahead", "kept at the instant of reception", "clock"))
            return received_ms, Quality.CLOCK
        if rule.behind_s is not None and -ahead_s > rule.behind_s:
            if witness:
                witness(Told("time", "", f"{-ahead_s:,.0f} s behind", "kept, not to be trusted", "clock"))
            return ts_ms, Quality.CLOCK
        return ts_ms, None
