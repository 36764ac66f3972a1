"""Shipped mappings on golden payloads: readings or DecodeError, nothing else."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from config.mappings import load_mapping, shipped_names
from ingest.codecs.columns import DecodeError
from ingest.codecs.mapped import MappedCodec

GOLDEN = Path(__file__).parent / "golden" / "mappings"
CASES = sorted(path for family in GOLDEN.iterdir() for path in family.iterdir())
NOON_MS = 1_784_520_000_000


@cache
def codec_of(family: str) -> MappedCodec:
    return MappedCodec([load_mapping(family)], "Asia/Shanghai")


def named(case: Path) -> str:
    return f"{case.parent.name}-{case.name}"


def described(codec: MappedCodec, where: str, payload: bytes) -> dict[str, object]:
    """What the codec answers, in the form of the golden files."""
    try:
        decoded = codec.decode(where, payload, NOON_MS, max_bytes=100_000)
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
        "rejects": [[r.reason, r.payload.decode()] for r in decoded.rejects],
        "replies": [[reply.topic, json.loads(reply.payload)] for reply in decoded.replies],
        "unknown": decoded.unknown,
    }


def where_of(case: Path) -> str:
    return (case / "topic").read_text(encoding="utf-8").strip()


def test_every_shipped_mapping_has_golden_cases_with_readings_and_with_errors() -> None:
    for family in shipped_names():
        names = [case.name for case in CASES if case.parent.name == family]
        assert len(names) >= 5
        assert any(name.startswith("error") for name in names)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_golden(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    found = described(codec_of(case.parent.name), where_of(case), (case / "payload").read_bytes())
    assert found == expected
    assert ("error" in found) == case.name.startswith("error")


@pytest.mark.parametrize("case", CASES, ids=named)
def test_golden_truncated_and_with_trailing_bytes(case: Path) -> None:
    codec, where, payload = codec_of(case.parent.name), where_of(case), (case / "payload").read_bytes()
    for end in range(0, len(payload), max(1, len(payload) // 1500)):
        assert "error" in described(codec, where, payload[:end])
    for tail in (b"x", b"}", b"]", b"\x00", b"{}", b",", b'"'):
        assert "error" in described(codec, where, payload + tail)
