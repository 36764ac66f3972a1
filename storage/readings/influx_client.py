"""Speaking with InfluxDB over influxdb-client: its WriteApi where the server has ``/api/v2/write`` (1.8 and later), its
ApiClient to ``/write`` on older ones; reads over ``/query`` on all of them.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import pyarrow as pa
import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.rest import ApiException

from config.settings import StoreSettings
from domain.errors import Unavailable
from domain.instants import from_ms
from domain.scopes import Scope
from storage.readings.influx_query import WITNESS, Query, parse_rows, quoted, scope_deletion, whole_answer

_DAY_S = 86_400


class Missing(Unavailable):
    """The database is not there: never made, or dropped under us."""


class Refused(Unavailable):
    """The server answers and does not let us: a password, a token, or a right that is missing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A 400: some rows of what was sent are bad. ``dropped`` is how many, where the server says so."""

    text: str
    dropped: int

    @property
    def reason(self) -> str:
        if "field type conflict" in self.text:
            return "type"
        # "points beyond retention policy" in 1.x, "points outside retention policy" in 2.x
        return "retention" if re.search(r"(beyond|outside) retention", self.text) else "refused"


class InfluxClient:
    """Connects on first use, so that a server that is down at start is only lag."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._ensuring = threading.Lock()
        self._client: Any = None
        self._version = ""
        self._closed = False

    def version(self) -> str:
        """As the server says it now."""
        with self._reached():
            _, _, headers = self._connected().api_client.call_api("/ping", "GET", _return_http_data_only=False)
        return str(headers.get("X-Influxdb-Version") or "compatible, of unknown version")

    def ensure(self) -> None:
        """Make the database, or the bucket, with its retention, unless it is there: its retention is its owner's."""
        with self._ensuring:
            version = self.version()
            if release_of(version) >= (2, 0):
                self._ensure_bucket()
            elif self._settings.bucket not in self.databases():
                days = self._settings.retention_days
                self._ask(
                    f"CREATE DATABASE {quoted(self._settings.bucket)}" + (f" WITH DURATION {days:d}d" if days else "")
                )
            self._version = version

    def write(self, lines: Sequence[str], *, precision: str = "ms") -> dict[int, tuple[str, str]]:
        """Write lines; those the server will never take come back as index -> (reason, detail).

        A refusal names no row, so what was refused is halved until the bad rows stand alone.
        """
        refused: dict[int, tuple[str, str]] = {}
        size = self._settings.batch_rows
        pending = [(start, min(start + size, len(lines))) for start in range(0, len(lines), size)]
        while pending:
            start, end = pending.pop()
            refusal = self._post(lines[start:end], precision)
            if refusal is None:
                continue
            if end - start == 1 or refusal.dropped == end - start:
                refused.update((i, (refusal.reason, refusal.text)) for i in range(start, end))
                continue
            middle = (start + end) // 2
            pending += [(middle, end), (start, middle)]
        return refused

    def query(self, query: Query, columns: Sequence[str]) -> pa.Table:
        """``time`` and ``columns`` of the rows; raises Unavailable unless the whole answer came."""
        with self._prepared(), self._reached():
            body = self._send(query.text + WITNESS, query.params, "application/csv")
            whole = whole_answer(body)
            if whole is None:
                self._ask(query.text, query.params)
                raise Unavailable("InfluxDB cut its answer short; ask again")
            return parse_rows(whole, columns)

    def delete_row(self, measurement: str, scope: Scope, ts_ms: int) -> None:
        """Remove one row of demand or of a series of days, if it is there."""
        with self._prepared(), self._reached():
            if release_of(self._version) < (2, 0):
                deletion = scope_deletion(measurement, scope, ts_ms)
                self._ask(deletion.text, deletion.params)
                return
            # 2.x answers InfluxQL only to read. A scope without id is the only one of its kind.
            tags = {"_measurement": measurement, "scope": scope.kind.value, **({"id": scope.id} if scope.id else {})}
            predicate = " AND ".join(f"{name}={quoted(value)}" for name, value in tags.items())
            self._connected().delete_api().delete(
                from_ms(ts_ms), from_ms(ts_ms + 1), predicate, self._settings.bucket, self._settings.org
            )

    def rows(self, text: str) -> list[dict[str, Any]]:
        """Rows of a SHOW statement, by column name."""
        found = [s for result in self._ask(text) for s in result.get("series", ())]
        return [dict(zip(s["columns"], row, strict=True)) for s in found for row in s.get("values", ())]

    def api(self, method: str, path: str, query: Mapping[str, str], body: Any = None) -> Any:
        """A call of the 2.x management API, answered in JSON."""
        with self._reached():
            answer = self._connected().api_client.call_api(
                path,
                method,
                query_params=dict(query),
                header_params={"Accept": "application/json", "Content-Type": "application/json"},
                body=body,
                _preload_content=False,
                _return_http_data_only=True,
            )
            return json.loads(answer.data or b"{}")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connected(self) -> Any:
        with self._lock:
            if self._closed:
                raise Unavailable("the InfluxDB store is closed")
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Any:
        settings = self._settings
        parts = urlsplit(settings.url)
        basic = bool(settings.username)
        if settings.ca_file and not Path(settings.ca_file).is_file():
            raise Unavailable(
                f"store.ca_file: there is no file {settings.ca_file}; name the authority's certificate (PEM)"
            )
        return InfluxDBClient(
            url=f"{'https' if parts.scheme == 'influxdbs' else 'http'}://{parts.netloc.rpartition('@')[2]}",
            token=f"{settings.username}:{settings.password}" if basic else settings.token,
            org=settings.org,
            auth_basic=basic,
            timeout=round(settings.timeout_s * 1000),
            ssl_ca_cert=settings.ca_file or None,
        )

    @contextmanager
    def _prepared(self) -> Iterator[None]:
        """The database is made before the first use; dropped under us, it is made again at the next."""
        if not self._version:
            self.ensure()
        try:
            yield
        except Missing:
            self._version = ""
            raise

    def _post(self, lines: Sequence[str], precision: str) -> Refusal | None:
        """None = written; Unavailable = not now; a Refusal never gets better by repeating."""
        body = "\n".join(lines).encode()
        with self._prepared(), self._reached():
            try:
                if release_of(self._version) >= (1, 8):
                    with self._connected().write_api(write_options=SYNCHRONOUS) as api:
                        api.write(self._settings.bucket, self._settings.org, body, write_precision=precision)
                else:
                    self._connected().api_client.call_api(
                        "/write",
                        "POST",
                        query_params={"db": self._settings.bucket, "precision": precision},
                        header_params={"Content-Type": "text/plain; charset=utf-8"},
                        body=body,
                    )
            except ApiException as error:
                if error.status not in (400, 413, 422):
                    raise
                text = _error_text(error)
                dropped = re.search(r"dropped=(\d+)", text)
                return Refusal(text, int(dropped.group(1)) if dropped else 0)
        return None

    def _send(self, text: str, params: Any, accept: str) -> bytes:
        fields = {"db": self._settings.bucket, "q": text, "epoch": "ms", "params": json.dumps(dict(params or {}))}
        answer = self._connected().api_client.call_api(
            "/query",
            "POST",
            header_params={"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"},
            post_params=fields,
            _preload_content=False,
            _return_http_data_only=True,
        )
        body: bytes = answer.data
        return body

    def _ask(self, text: str, params: Any = None) -> list[Any]:
        """Results in JSON, where HTTP 200 may carry an ``error``."""
        with self._reached():
            answer = json.loads(self._send(text, params, "application/json"))
        results: list[Any] = answer.get("results", [])
        for error in (found["error"] for found in (answer, *results) if "error" in found):
            raise _unavailable(404 if "not found" in error else 0, str(error))
        return results

    def databases(self) -> set[str]:
        series = [s for result in self._ask("SHOW DATABASES") for s in result.get("series", ())]
        return {str(row[0]) for s in series for row in s.get("values", ())}

    def _ensure_bucket(self) -> None:
        with self._reached():
            buckets = self._connected().buckets_api()
            if buckets.find_bucket_by_name(self._settings.bucket) is None:
                every = self._settings.retention_days * _DAY_S
                keep: Any = BucketRetentionRules  # generated code without types
                rules = [keep(type="expire", every_seconds=every)] if every else None
                buckets.create_bucket(bucket_name=self._settings.bucket, org=self._settings.org, retention_rules=rules)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Everything that is not an answer to the question asked is Unavailable, with what to do."""
        try:
            yield
        except ApiException as error:
            if not error.status:
                raise Unavailable(_unreached(urlsplit(self._settings.url), error)) from error
            raise _unavailable(error.status, _error_text(error)) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(_unreached(urlsplit(self._settings.url), error)) from error


def release_of(version: str) -> tuple[int, int]:
    """(1, 6) of ``1.6.7~rc0``, (2, 7) of ``v2.7.1``. Old releases always say theirs, so who keeps silent is a newer
    server that speaks as InfluxDB does, such as VictoriaMetrics."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found.group(1)), int(found.group(2))) if found else (1, 8)


def _unreached(url: SplitResult, error: Exception) -> str:
    """No answer came: TLS failed, which influxdb-client passes on as text, or nobody is there."""
    where = url.netloc.rpartition("@")[2]
    text = str(getattr(error, "reason", None) or error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        why = text.partition("CERTIFICATE_VERIFY_FAILED]")[2].strip(" '\")")
        return (
            f"the certificate of InfluxDB at {where} is not trusted ({why}): set store.ca_file to the certificate of "
            "the authority that signed it, and use the host name it was issued for"
        )
    if "SSL" in text:
        return (
            f"TLS with InfluxDB at {where} failed: does its port speak TLS, or should store.url be influxdb://? {text}"
        )
    return f"InfluxDB at {where} does not answer: check that it runs and store.url ({error})"


def _error_text(error: ApiException) -> str:
    raw = error.body or error.reason or ""
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
    try:
        parsed = json.loads(text)
    except ValueError:
        return text.strip()
    return str(parsed.get("error") or parsed.get("message") or text) if isinstance(parsed, dict) else text


def _unavailable(status: int, text: str) -> Unavailable:
    if status == 404:
        return Missing(f"InfluxDB does not have the database: {text}; it is made again at the next try")
    if status in (401, 403):
        return Refused(f"InfluxDB refuses us ({text}): check store.username and store.password, or store.token")
    if "HTTP request to an HTTPS server" in text:
        return Unavailable(f"InfluxDB answers over TLS only ({text}): store.url must begin with influxdbs://")
    return Unavailable(f"InfluxDB could not do it now: {text}" + (f" (HTTP {status})" if status else ""))
