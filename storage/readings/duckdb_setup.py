"""The DuckDB file: opening it makes it, so there is little to set up; what it holds is told."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from domain.instants import from_ms
from storage.readings.duckdb import DuckDbStore
from storage.schema import DAY_SERIES, DEMAND, READING, READING_TAG
from storage.setup import BucketStatus, SeriesStatus, SetupItem, SetupState, StoreStatus


class DuckDbSetup:
    """``storage.setup.StoreAdministration`` on one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def init(self, *, dry_run: bool) -> list[SetupItem]:
        name = str(self._path)
        if not self._path.exists() and dry_run:
            return [SetupItem("file", name, SetupState.MISSING, "would be made with its tables")]
        state = SetupState.EXISTS if self._path.exists() else SetupState.MADE
        with closing(DuckDbStore(self._path)) as store:
            detail = store.ping()
        return [SetupItem("file", name, state, detail)]

    def status(self) -> StoreStatus:
        with closing(DuckDbStore(self._path)) as store:
            found = [self._series(store, READING, READING_TAG)]
            found += [self._series(store, name, "scope || ':' || id") for name in (DEMAND, *DAY_SERIES)]
            version = store.ping()
        size = self._path.stat().st_size if self._path.exists() else 0
        where = f"{self._path} ({size / 1e6:,.1f} MB)"
        return StoreStatus(where, version, (BucketStatus(self._path.name, None, True),), tuple(found))

    def close(self) -> None:
        """The file is open only while something is asked."""

    @staticmethod
    def _series(store: DuckDbStore, table: str, key: str) -> SeriesStatus:
        oldest_ms, newest_ms, count = store.extent(table, key)
        return SeriesStatus(
            table,
            None if oldest_ms is None else from_ms(oldest_ms),
            None if newest_ms is None else from_ms(newest_ms),
            count,
            None,
        )
