"""The in-memory store under the contract that all stores share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage.readings.memory import MemoryStore
from tests.storage.readings.contract import Place, ReadingStoreContract


class TestMemoryStore(ReadingStoreContract):
    durable = False
    examples = 5

    @pytest.fixture
    def new_place(self) -> Callable[[], Place]:
        return lambda: MemoryStore
