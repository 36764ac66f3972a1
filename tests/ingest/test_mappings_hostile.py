"""Mapped payloads with missing, extra, wrong-typed and hostile fields: readings or DecodeError, nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.mappings import load_mappings, shipped_names
from ingest.codecs.columns import DecodeError
from ingest.codecs.mapped import MappedCodec
from tests.ingest.test_mappings_golden import CASES, NOON_MS, codec_of, named, where_of

GOOD = [case for case in CASES if not case.name.startswith("error") and b"{" in (case / "payload").read_bytes()]
HOSTILE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1e308,
    -1e308,
    10**30,
    "",
    " ",
    "NaN",
    "Infinity",
    "-",
    "9" * 5_000,
    "１２",
    "\u0000",
    "$(rm)",
    "../..",
    "#",
    [],
    {},
    [[[]]],
    {"": {"": {}}},
    [1] * 50,
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def changed(value: Any, path: tuple[str | int, ...], new: Any, *, drop: bool = False) -> Any:
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if drop and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = changed(copy[path[0]], path[1:], new, drop=drop)
    return copy


def check(codec: MappedCodec, where: str, payload: bytes) -> None:
    try:
        decoded = codec.decode(where, payload, NOON_MS, max_bytes=200_000)
    except DecodeError:
        return
    columns = decoded.columns
    assert all(math.isfinite(v) for row in columns.values for v in row if v is not None)
    assert all(row[0] is not None or row[3] is not None for row in columns.values)
    assert all(isinstance(t, int) for t in columns.ts_ms)
    assert len({*zip(columns.meter, columns.ts_ms, strict=True)}) == len(columns.meter)
    for reply in decoded.replies:
        json.loads(reply.payload)
        assert not {"+", "#"} & set(reply.topic)


@pytest.mark.parametrize("case", GOOD, ids=named)
def test_every_field_missing_or_hostile(case: Path) -> None:
    codec, where = codec_of(case.parent.name), where_of(case)
    content = json.loads((case / "payload").read_bytes())
    for path in places(content):
        if path:
            check(codec, where, json.dumps(changed(content, path, None, drop=True)).encode())
        for new in HOSTILE:
            check(codec, where, json.dumps(changed(content, path, new)).encode())


@pytest.mark.parametrize("case", GOOD, ids=named)
def test_keys_nobody_knows_change_nothing(case: Path) -> None:
    codec, where = codec_of(case.parent.name), where_of(case)
    content = json.loads((case / "payload").read_bytes())
    before = codec.decode(where, json.dumps(content).encode(), NOON_MS)
    after = codec.decode(where, json.dumps({**content, "zz": [{"p": 1e9}], "": 1}).encode(), NOON_MS)
    assert (after.columns, after.replies) == (before.columns, before.replies)


ALL = MappedCodec(load_mappings(shipped_names()), "Asia/Shanghai")
TOPICS = sorted({where_of(case) for case in GOOD})
_NAMES = """type time p wh meterSN data point id val method timestamp payload list addr properties key value
location_code params 00010000 status P zz"""
_KEYS = st.sampled_from(_NAMES.split())
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["data", "hstdata", "20260720101500", 1_784_513_700, "00000026", "AI", "P", 13]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(where=st.sampled_from(TOPICS), value=_VALUES)
def test_any_json(where: str, value: object) -> None:
    # json writes NaN and Infinity as some devices do; they are no JSON.
    check(ALL, where, json.dumps(value).encode())


@settings(max_examples=100, deadline=None)
@given(where=st.sampled_from(TOPICS), payload=st.binary(max_size=100))
def test_any_bytes(where: str, payload: bytes) -> None:
    check(ALL, where, payload)


@settings(max_examples=100, deadline=None)
@given(where=st.text(max_size=40) | st.lists(st.text(max_size=8), max_size=8).map("/".join))
def test_any_topic(where: str) -> None:
    check(ALL, where, b'{"type":"data","time":"20260720101500","meterSN":"A","p":1}')


def test_a_million_elements_are_refused_by_size_or_by_number() -> None:
    million = b'{"location_code":"M000","properties":[' + b",".join([b"1"] * 1_000_000) + b"]}"
    for limit, reason in ((1_000_000, "too_large"), (10_000_000, "too_many")):
        with pytest.raises(DecodeError, match=reason):
            ALL.decode("CET/NX/upload", million, NOON_MS, max_bytes=limit)


def test_deep_nesting_is_refused_and_not_followed() -> None:
    for payload in (b"[" * 100_000, b'{"type":' * 10_000, b'{"properties":' + b"[" * 50_000 + b"]" * 50_000 + b"}"):
        check(ALL, "CET/NX/upload", payload)
        check(ALL, "/gw/acrelHW/x/data/1", payload)
