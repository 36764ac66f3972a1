"""Whatever stands in a query or a body, the answer is an answer or a problem document, never a 500."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.problems import MEDIA_TYPE
from tests.api.conftest import District

ODD = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e999",
            "9" * 30,
            "NaN",
            "null",
            "\x00",
            "../../etc/passwd",
            "0001-01-01",
            "9999-12-31T23:59:59+14:00",
            "2026-07-28T00:00:00-23:59",
            "2100-12-31T23:59:59Z",
            "2026-W31-2",
            "enterprise:",
            "enterprise:E001",
            "meter:M001",
            "district:x",
            "MTIw",
            "____",
        ]
    ),
)
NAMES = [
    "scope",
    "from",
    "to",
    "day",
    "cursor",
    "limit",
    "meter",
    "q",
    "street",
    "state",
    "kind",
    "active",
    "since",
    "user",
]
PATHS = [
    "readings",
    "load/current",
    "load/curve",
    "load/indices",
    "load/peaks",
    "load/revisions",
    "quality",
    "quota",
    "references",
    "official-level",
    "enterprises",
    "meters",
    "alerts",
    "quarantine",
    "audit",
    "tokens",
]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _check(answer_of: Callable[[], object]) -> None:
    answer = answer_of()
    status, kind = answer.status_code, answer.headers.get("content-type", "")  # type: ignore[attr-defined]
    assert status < 500, answer.text  # type: ignore[attr-defined]
    assert status < 400 or kind == MEDIA_TYPE


@FEW
@given(path=st.sampled_from(PATHS), query=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=4))
def test_odd_queries(district: District, path: str, query: dict[str, str]) -> None:
    text = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in query.items())
    _check(lambda: district.client("ada").get(f"/api/v1/{path}?{text}"))


@FEW
@given(
    path=st.sampled_from(["enterprises/{}", "meters/{}", "alerts/{}", "quarantine/{}"]),
    ident=ODD.filter(lambda text: text.strip("./") != ""),
)
def test_odd_ids(district: District, path: str, ident: str) -> None:
    encoded = quote(ident.encode("utf-8", "surrogatepass"), safe="")
    _check(lambda: district.client("ada").get("/api/v1/" + path.format(encoded)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
KEYS = ["scope", "day", "days", "value_kw", "points_kw", "source", "kind", "on", "level", "document", "start", "end"]


@FEW
@given(
    path=st.sampled_from(["quota", "references", "official-level"]),
    body=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8),
)
def test_odd_bodies(district: District, path: str, body: dict[str, object]) -> None:
    _check(lambda: district.client("otto").put(f"/api/v1/{path}", json=body))


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"1", b'"x"', b"{" * 500, b"[" * 100_000, b'{"name": NaN}'])
def test_odd_json(district: District, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    _check(lambda: district.client().post("/api/v1/session", content=content, headers=headers))
