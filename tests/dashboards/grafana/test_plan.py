from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.grafana.plan import Action, Board, Document, GrafanaState, differences, plan

DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=12,
)


def _state(document: Document, *, folder: str = "f") -> GrafanaState:
    source = {"uid": "s", "name": "S", "jsonData": {"dbName": "d"}}
    return GrafanaState(folders={"f": "F"}, sources={"s": source}, boards={"b": Board(folder, document)})


def test_from_nothing_everything_is_created_in_an_order_that_works() -> None:
    changes = plan(GrafanaState(), _state({"title": "B"})).changes
    assert [(change.kind, change.action) for change in changes] == [
        ("folder", Action.CREATE),
        ("data source", Action.CREATE),
        ("dashboard", Action.CREATE),
    ]


def test_what_grafana_adds_on_a_save_is_no_difference() -> None:
    current = _state({"title": "B", "id": 12, "version": 7})
    assert plan(current, _state({"title": "B", "id": None})).pending == ()


@settings(deadline=None)
@given(DOCUMENTS)
def test_a_document_equals_itself(document: Any) -> None:
    assert differences(document, document) == []


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_differences_are_found_both_ways(one: Any, other: Any) -> None:
    found = differences(one, other)
    assert (found == []) == (one == other)
    assert found == differences(other, one)


def test_a_plan_reads_like_a_diff() -> None:
    current = _state({"title": "B", "panels": [{"x": 1}, {"x": 2}]})
    text = str(plan(current, _state({"title": "B", "panels": [{"x": 1}, {"x": 3}]})))
    assert "= folder F (f)" in text
    assert "~ dashboard B (b): panels.1.x" in text
    assert "1 to change" in text
