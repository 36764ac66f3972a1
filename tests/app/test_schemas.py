"""``--json`` is a contract: the schemas in docs are those of the models that are printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from api.schemas.forecast import ForecastOut
from api.schemas.load import CurrentOut, CurveOut, IndicesList, PeakOut, RevisionsList
from api.schemas.weather import WeatherOut
from app.commands.journal import JournalList

SCHEMAS: dict[str, type[BaseModel]] = {
    "journal": JournalList,
    "load-current": CurrentOut,
    "load-curve": CurveOut,
    "load-indices": IndicesList,
    "load-peaks": PeakOut,
    "weather-show": WeatherOut,
    "load-revisions": RevisionsList,
    "forecast": ForecastOut,
}
FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


def schema_text(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(mode="serialization"), ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_documented_schema_is_the_one_that_is_printed(name: str) -> None:
    file = FOLDER / f"{name}.json"
    assert file.read_text(encoding="utf-8") == schema_text(SCHEMAS[name]), (
        f"write the new schema to {file} and tell users"
    )


def test_no_schema_stands_without_a_command() -> None:
    assert {f.stem for f in FOLDER.glob("*.json")} == set(SCHEMAS)
