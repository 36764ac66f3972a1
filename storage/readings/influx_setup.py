"""Databases, buckets, retention and mappings of InfluxDB, made once and told afterwards.

1.x knows databases with retention policies. 2.x knows buckets, and maps the database of an InfluxQL question to one;
recent versions map a bucket to the database of its name by themselves ("virtual"), older ones need the mapping made.
Roll-ups are rows of ours (``storage.schema.DAY_SERIES``), so there is nothing to make for them on the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from config.settings import StoreSettings
from domain.errors import Forbidden, Invalid, Unavailable
from domain.instants import from_ms
from storage.readings.influx_client import InfluxClient, Refused, release_of
from storage.readings.influx_query import edge_query, quoted, tag_values_query
from storage.schema import DAY_SERIES, DEMAND, READING, READING_TAG, RECEIVED, REVISION
from storage.setup import BucketStatus, SeriesStatus, SetupItem, SetupState, StoreStatus

DAY_S = 86_400
#: What 1.x refuses above, where the server does not tell its own setting.
USUAL_VALUES_PER_TAG = 100_000
_UNITS_S = {"w": 7 * DAY_S, "d": DAY_S, "h": 3600, "m": 60, "s": 1}


class InfluxSetup:
    """``storage.setup.StoreAdministration`` on InfluxDB."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._client = InfluxClient(settings)

    def init(self, *, dry_run: bool) -> list[SetupItem]:
        version = self._client.version()
        items = [SetupItem("server", self._address, SetupState.EXISTS, f"InfluxDB {version}")]
        with self._allowed():
            make = self._init_2 if release_of(version) >= (2, 0) else self._init_1
            items += make(dry_run)
        rolled = [SetupItem("roll_up", name, SetupState.NOT_NEEDED, _OURS) for name in DAY_SERIES]
        return items + rolled

    def status(self) -> StoreStatus:
        version = self._client.version()
        with self._allowed():
            modern = release_of(version) >= (2, 0)
            buckets = self._buckets_2() if modern else self._buckets_1()
            limit = None if modern else self._values_per_tag()
            names = {bucket.name for bucket in buckets}
            series = self._series(limit) if self._settings.bucket in names else ()
        return StoreStatus(self._address, version, tuple(buckets), tuple(series))

    def close(self) -> None:
        self._client.close()

    # 1.x

    def _init_1(self, dry_run: bool) -> list[SetupItem]:
        name, days = self._settings.bucket, self._settings.retention_days
        if name not in self._client.databases():
            if dry_run:
                return [SetupItem("database", name, SetupState.MISSING, f"would be made, {_kept(days or None)}")]
            self._client.ensure()
            return [SetupItem("database", name, SetupState.MADE, _kept(days or None))]
        policies = self._policies(name)
        default = next((p for p in policies if p["default"]), None)
        items = [SetupItem("database", name, SetupState.EXISTS, "")]
        if default is None:
            detail = f'no default retention policy: ALTER RETENTION POLICY "autogen" ON "{name}" DEFAULT'
            return [*items, SetupItem("retention", name, SetupState.DIFFERS, detail)]
        statement = f'ALTER RETENTION POLICY "{default["name"]}" ON "{name}" DURATION {f"{days}d" if days else "INF"}'
        return [*items, self._retention(_days_of(default["duration"]), statement)]

    def _buckets_1(self) -> list[BucketStatus]:
        found = []
        for name in sorted(self._client.databases() - {"_internal"}):
            default = next((p for p in self._policies(name) if p["default"]), None)
            days = None if default is None else _days_of(default["duration"])
            found.append(BucketStatus(name, days, name == self._settings.bucket))
        return found

    def _policies(self, database: str) -> list[dict[str, Any]]:
        return self._client.rows(f"SHOW RETENTION POLICIES ON {quoted(database)}")

    def _values_per_tag(self) -> int | None:
        """Only an administrator may read the server's own; 0 there means no limit."""
        try:
            told = self._client.rows("SHOW DIAGNOSTICS FOR 'config-data'")
        except Unavailable:
            return USUAL_VALUES_PER_TAG
        limit = next((int(row["max-values-per-tag"]) for row in told if "max-values-per-tag" in row), None)
        return USUAL_VALUES_PER_TAG if limit is None else (limit or None)

    # 2.x

    def _init_2(self, dry_run: bool) -> list[SetupItem]:
        name, days, org = self._settings.bucket, self._settings.retention_days, self._settings.org
        self._require_org()
        bucket = self._bucket(name)
        items = [SetupItem("organisation", org, SetupState.EXISTS, "")]
        if bucket is None and dry_run:
            items.append(SetupItem("bucket", name, SetupState.MISSING, f"would be made, {_kept(days or None)}"))
            return [*items, SetupItem("mapping", name, SetupState.MISSING, f"would map database {name} to the bucket")]
        if bucket is None:
            self._client.ensure()
            items.append(SetupItem("bucket", name, SetupState.MADE, _kept(days or None)))
            bucket = self._bucket(name)
        else:
            items.append(SetupItem("bucket", name, SetupState.EXISTS, ""))
            statement = f"influx bucket update --id {bucket['id']} --retention {f'{days}d' if days else '0'}"
            items.append(self._retention(_bucket_days(bucket), statement))
        if bucket is None:
            raise Unavailable(f"InfluxDB made bucket {name} and does not show it; ask again")
        return [*items, self._mapping(bucket["id"], dry_run)]

    def _mapping(self, bucket_id: str, dry_run: bool) -> SetupItem:
        """The mapping that InfluxQL questions go through: database = the bucket's name."""
        name = self._settings.bucket
        told = self._client.api("GET", "/api/v2/dbrps", {"org": self._settings.org, "db": name})
        mappings = [m for m in told.get("content", ()) if m.get("database") == name]
        other = next((m for m in mappings if m.get("default") and m.get("bucketID") != bucket_id), None)
        if other is not None:
            detail = (
                f"database {name} leads to another bucket ({other.get('bucketID')}): questions would find nothing. "
                f"Remove that mapping: influx v1 dbrp delete --id {other.get('id')}"
            )
            return SetupItem("mapping", name, SetupState.DIFFERS, detail)
        own = next((m for m in mappings if m.get("bucketID") == bucket_id), None)
        if own is not None:
            how = "by the server itself" if own.get("virtual") else f"policy {own.get('retention_policy')}"
            return SetupItem("mapping", name, SetupState.EXISTS, f"database {name} leads to the bucket, {how}")
        if dry_run:
            return SetupItem("mapping", name, SetupState.MISSING, f"would map database {name} to the bucket")
        body = {"bucketID": bucket_id, "database": name, "retention_policy": "autogen", "default": True}
        self._client.api("POST", "/api/v2/dbrps", {}, {**body, "org": self._settings.org})
        return SetupItem("mapping", name, SetupState.MADE, f"database {name} leads to the bucket")

    def _require_org(self) -> None:
        org = self._settings.org
        try:
            told = self._client.api("GET", "/api/v2/orgs", {"org": org})
        except Unavailable as error:
            if "not found" not in str(error):
                raise
            told = {}
        if not told.get("orgs"):
            raise Invalid(
                f"InfluxDB has no organisation {org!r} that this token may see: set store.org (influx org list). "
                + self._rights()
            )

    def _bucket(self, name: str) -> dict[str, Any] | None:
        return next((b for b in self._all_buckets() if b["name"] == name), None)

    def _all_buckets(self) -> list[dict[str, Any]]:
        told = self._client.api("GET", "/api/v2/buckets", {"org": self._settings.org, "limit": "100"})
        found: list[dict[str, Any]] = told.get("buckets", [])
        return found

    def _buckets_2(self) -> list[BucketStatus]:
        own = [b for b in self._all_buckets() if b.get("type") != "system"]
        return [BucketStatus(b["name"], _bucket_days(b), b["name"] == self._settings.bucket) for b in own]

    # both

    def _retention(self, held_days: float | None, statement: str) -> SetupItem:
        name, wanted = self._settings.bucket, float(self._settings.retention_days) or None
        if held_days == wanted:
            return SetupItem("retention", name, SetupState.EXISTS, _kept(held_days))
        detail = (
            f"the server has it {_kept(held_days)}, store.retention_days says {_kept(wanted)}. Correct the setting, or "
            f"change the server yourself (a shorter time deletes data): {statement}"
        )
        return SetupItem("retention", name, SetupState.DIFFERS, detail)

    def _series(self, limit: int | None) -> Iterator[SeriesStatus]:
        kinds = {READING: (READING_TAG, RECEIVED), DEMAND: ("id", REVISION)}
        kinds |= dict.fromkeys(DAY_SERIES, ("id", REVISION))
        for name, (tag, column) in kinds.items():
            count = len(self._client.rows(tag_values_query(name, tag)))
            yield SeriesStatus(name, self._edge(name, column, "ASC"), self._edge(name, column, "DESC"), count, limit)

    def _edge(self, name: str, column: str, order: str) -> datetime | None:
        table = self._client.query(edge_query(name, column, order), (column,))
        return from_ms(int(table.column("time")[0].as_py())) if table.num_rows else None

    @property
    def _address(self) -> str:
        return urlsplit(self._settings.url).netloc.rpartition("@")[2]

    @contextmanager
    def _allowed(self) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            raise Forbidden(f"{error}. {self._rights()}") from error

    def _rights(self) -> str:
        name = self._settings.bucket
        if self._settings.username:
            return (
                f'To make databases the user needs all privileges; or an administrator runs CREATE DATABASE "{name}" '
                f'and GRANT ALL ON "{name}" TO "{self._settings.username}"'
            )
        return (
            "The token must be known to the server and may read and write buckets and their mappings of organisation "
            f"{self._settings.org}: influx auth create --org {self._settings.org} --read-buckets --write-buckets "
            "--read-orgs --read-dbrps --write-dbrps"
        )


_OURS = "written as rows by Yingfeng; nothing to make on the server"


def _kept(days: float | None) -> str:
    return "kept for ever" if not days else f"kept {days:g} days"


def _days_of(duration: str) -> float | None:
    """``720h0m0s`` and ``0s`` as 1.x writes durations; None = for ever."""
    seconds, number = 0, ""
    for c in duration:
        if c.isdigit():
            number += c
        else:
            seconds += int(number or 0) * _UNITS_S.get(c, 0)
            number = ""
    return seconds / DAY_S if seconds else None


def _bucket_days(bucket: dict[str, Any]) -> float | None:
    seconds = sum(rule.get("everySeconds", 0) for rule in bucket.get("retentionRules", ()))
    return seconds / DAY_S if seconds else None
