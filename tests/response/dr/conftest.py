from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.response.dr.district import Scene, filled, scene


@pytest.fixture(scope="session")
def dr_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("dr"))


@pytest.fixture
def stage(tmp_path: Path, dr_template: Path) -> Iterator[Scene]:
    made = scene(tmp_path, dr_template)
    yield made
    made.store.close()
    made.ledger.close()
