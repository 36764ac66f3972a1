"""Every shipped mapping against its golden folder, cut short at each byte and with hostile fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.errors import Invalid
from domain.readings import QUANTITIES
from ingest.codecs import mapping
from ingest.codecs.columns import Decoded, DecodeError
from ingest.codecs.mapping_table import load_mapping, shipped_names

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*/*.json"))
RECEIVED_MS = 1_784_513_700_000
HOSTILE: tuple[object, ...] = (
    None,
    True,
    -1,
    10**400,
    1e308,
    "",
    "nan",
    "x" * 5000,
    [],
    {},
    [[[]]],
    {"a": {}},
    "9" * 400,
)


def ids(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return content


def decode(path: Path, payload: bytes) -> Decoded:
    return mapping.decode([load_mapping(path.parent.name)], read(path)["topic"], payload, RECEIVED_MS)


def test_every_shipped_mapping_has_golden_payloads() -> None:
    assert {path.parent.name for path in CASES} == set(shipped_names()) != set()


@pytest.mark.parametrize("path", CASES, ids=ids)
def test_a_golden_payload_becomes_what_its_folder_says(path: Path) -> None:
    case = read(path)
    payload = msgspec.json.encode(case["payload"])
    if "error" in case:
        with pytest.raises(DecodeError) as caught:
            decode(path, payload)
        assert caught.value.reason == case["error"]
        return
    got = decode(path, payload)
    assert not got.rejects
    c = got.columns
    wanted = case["readings"]
    assert c.meter == [w["meter"] for w in wanted]
    assert c.ts_ms == [w["ts_ms"] for w in wanted]
    assert c.quality == [w["quality"] for w in wanted]
    assert c.multiplied == [w["multiplied"] for w in wanted]
    for row, w in zip(c.values, wanted, strict=True):
        assert row == pytest.approx(tuple(w["values"]))
    assert [[r.topic, r.payload.decode()] for r in got.replies] == case.get("replies", [])


@pytest.mark.parametrize("path", CASES, ids=ids)
def test_a_payload_cut_short_at_any_byte_is_refused(path: Path) -> None:
    payload = msgspec.json.encode(read(path)["payload"])
    for end in range(len(payload)):
        with pytest.raises(DecodeError, match="malformed_json"):
            decode(path, payload[:end])


def variants(content: Any) -> list[Any]:
    """The content with each place in turn missing, hostile, or with an extra key beside it."""
    made: list[Any] = list(HOSTILE)
    if isinstance(content, dict):
        made.append({**content, "extra": "x"})
        for key, value in content.items():
            made.append({k: v for k, v in content.items() if k != key})
            made += [{**content, key: changed} for changed in variants(value)]
    elif isinstance(content, list):
        for i, value in enumerate(content):
            made += [[*content[:i], changed, *content[i + 1 :]] for changed in variants(value)]
    return made


@pytest.mark.parametrize("path", CASES, ids=ids)
def test_missing_extra_and_hostile_fields_become_readings_or_a_decode_error(path: Path) -> None:
    for content in variants(read(path)["payload"]):
        try:
            got = decode(path, json.dumps(content).encode())
        except DecodeError:
            continue
        for row in got.columns.values:
            assert len(row) == len(QUANTITIES)
            assert all(v is None or abs(v) < float("inf") for v in row)


def test_all_mistakes_of_a_file_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        'format = 2\nsource = ""\n[[message]]\ntopic = "a/{m}"\nmeter = "{m}"\ntime = { path = "t", zone = "Mars" }\n'
        'quantity = [{ name = "power_kw", path = "p", unit = "kWh" }, { name = "x", path = "p", unit = "W" }]\n',
        encoding="utf-8",
    )
    with pytest.raises(Invalid) as caught:
        load_mapping(str(file))
    for part in ("format", "Mars", "kWh", "'x' is none of"):
        assert part in str(caught.value)
