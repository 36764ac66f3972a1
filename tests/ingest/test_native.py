"""The native codec: readings or DecodeError, nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.codecs.columns import Decoded, DecodeError
from ingest.codecs.native import decode
from ingest.codecs.timestamps import parse_ts
from tests.ingest.plant import DISTRICT, topic

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in GOLDEN.iterdir() if (path / "topic").exists())
GATEWAY = f"yingfeng/v1/{DISTRICT}/gateway/G1/readings"


def run(where: str, payload: bytes) -> Decoded:
    return decode(where, payload, 0, district=DISTRICT, max_bytes=100_000)


def described(where: str, payload: bytes) -> dict[str, object]:
    """What the codec answers, in the form of the golden files."""
    try:
        decoded = run(where, payload)
    except DecodeError as error:
        return {"error": error.reason}
    columns = decoded.columns
    return {
        "enterprise": decoded.enterprise,
        "gateway": decoded.gateway,
        "readings": [
            {"meter": m, "ts_ms": t, "values": list(v), "multiplied": x, "quality": q}
            for m, t, v, x, q in zip(
                columns.meter, columns.ts_ms, columns.values, columns.multiplied, columns.quality, strict=True
            )
        ],
        "rejects": [r.reason for r in decoded.rejects],
        "unknown": decoded.unknown,
    }


def test_there_are_golden_cases() -> None:
    assert len(CASES) >= 20


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_golden(case: Path) -> None:
    where = (case / "topic").read_text(encoding="utf-8").strip()
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert described(where, (case / "payload").read_bytes()) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_golden_truncated_and_with_trailing_bytes(case: Path) -> None:
    where = (case / "topic").read_text(encoding="utf-8").strip()
    payload = (case / "payload").read_bytes()
    for end in range(len(payload)):
        answer = described(where, payload[:end])
        assert "error" in answer or payload[end:].strip() == b""
    for tail in (b"x", b"}", b"]", b"\x00", b"{}", b",", b'"'):
        answer = described(where, payload + tail)
        assert "error" in answer or case.name.startswith("error")


@settings(max_examples=200, deadline=None)
@given(where=st.sampled_from([topic(), GATEWAY]), payload=st.binary(max_size=200))
def test_any_bytes(where: str, payload: bytes) -> None:
    described(where, payload)


_KEYS = st.sampled_from(
    ["ts", "meter", "p_kw", "q_kvar", "pf", "e_imp_kwh", "seq", "quality", "mult_applied", "v", "zz"]
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2026-07-20T10:15:00+08:00", "2026-07-20T10:15:00", 1_784_513_700, 1_784_513_700_000, "M000"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)
_OBJECTS = st.dictionaries(_KEYS, _VALUES, max_size=6)


@settings(max_examples=200, deadline=None)
@given(where=st.sampled_from([topic(), GATEWAY]), value=st.lists(_OBJECTS, max_size=4) | _OBJECTS | _VALUES)
def test_any_json(where: str, value: object) -> None:
    # json writes NaN and Infinity as some devices do; they are no JSON.
    payload = json.dumps(value).encode()
    answer = described(where, payload)
    if "error" not in answer and isinstance(value, list):
        readings, rejects = answer["readings"], answer["rejects"]
        assert isinstance(readings, list)
        assert isinstance(rejects, list)
        assert len(readings) + len(rejects) == len(value)


@settings(max_examples=100, deadline=None)
@given(where=st.text(max_size=60) | st.lists(st.text(max_size=8), max_size=8).map("/".join))
def test_any_topic(where: str) -> None:
    assert "error" in described(where, b'{"ts":1784513700,"p_kw":1}')


_NUMBER = st.none() | st.floats(-1e6, 1e6, allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(
    power=st.floats(-1e6, 1e6), others=st.tuples(*[_NUMBER] * 6), ts=st.integers(1_200_000_000_000, 4_000_000_000_000)
)
def test_decode_after_encode_is_identity(power: float, others: tuple[float | None, ...], ts: int) -> None:
    names = ("p_kw", "q_kvar", "pf", "e_imp_kwh", "e_exp_kwh", "u_v", "i_a")
    values = (power, *others)
    columns = run(topic(), msgspec.json.encode({"ts": ts, **dict(zip(names, values, strict=True))})).columns
    assert (columns.meter, columns.ts_ms, columns.values) == (["M000"], [ts], [values])


def test_stamps_may_be_iso_seconds_or_milliseconds() -> None:
    instants = ("2026-07-20T10:15:00+08:00", "2026-07-20T02:15:00Z", 1_784_513_700, 1_784_513_700.0, 1_784_513_700_000)
    assert {parse_ts(stamp) for stamp in instants} == {1_784_513_700_000}


def test_a_payload_over_the_limit_is_named_with_its_size() -> None:
    with pytest.raises(DecodeError, match=r"too_large.*100,001.*mqtt\.max_payload_bytes"):
        run(topic(), b" " * 100_001)


def test_deep_nesting_is_refused_and_not_followed() -> None:
    assert described(topic(), b"[" * 90_000) == {"error": "malformed_json"}
    assert described(topic(), b'{"ts":' * 10_000)["error"] == "malformed_json"
