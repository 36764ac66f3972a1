"""Line protocol and CSV as texts, without a server."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.scopes import DISTRICT, Scope, ScopeKind
from storage.readings.influx_lines import demand_lines, reading_lines
from storage.readings.influx_query import WITNESS, parse_rows, quoted, rows_query, whole_answer
from tests.storage.readings.rows import NAN, T0, batch, demand, reading


def test_a_reading_is_one_line_without_its_absent_fields() -> None:
    row = reading("a b,c=d", 0, power_kw=1.5, current_a=0.0, received=7)
    assert reading_lines(batch(row)) == [
        rf'reading,meter=a\ b\,c\=d power_kw=1.5,current_a=0,quality="ok",received_ms=7 {T0}'
    ]


def test_the_district_has_no_id_tag_and_texts_are_escaped() -> None:
    rows = demand([(DISTRICT, 0, [NAN] * 6, 'say "x\\"', 2), (Scope(ScopeKind.STREET, "梅 墟"), 0, [1.0] * 6, "ok", 1)])
    assert demand_lines(rows) == [
        rf'demand_15m,scope=district quality="say \"x\\\"",revision=2 {T0}',
        rf"demand_15m,scope=street,id=梅\ 墟 demand_kw=1,energy_kwh=1,coverage=1,estimate_kw=1,estimate_low_kw=1,"
        rf'estimate_high_kw=1,quality="ok",revision=1 {T0}',
    ]


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_so_that_they_read_back_as_they_were(value: float) -> None:
    (line,) = reading_lines(batch(reading("m", 0, power_kw=value)))
    text = line.split("power_kw=")[1].split(",")[0]
    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)


def test_ids_are_bound_and_never_part_of_the_statement() -> None:
    query = rows_query(("power_kw",), ["x' OR '1'='1", "b"], 0, 10, 5)
    assert "OR '1'" not in query.text
    assert query.params == {"m0": "x' OR '1'='1", "m1": "b"}
    many = rows_query(("power_kw",), [f"m/{i}'|.*" for i in range(60)], 0, 10, 5)
    assert many.params == {}
    assert r"m\x{2f}7\x{27}\x{7c}\x{2e}\x{2a}|" in many.text
    assert quoted('a"; DROP') == '"a\\"; DROP"'


@pytest.mark.parametrize("body", [b"", b"\n", b"name,tags,time,power_kw\nreading,,1,2\n", b'error\n"x"\n'])
def test_an_answer_without_its_witness_is_not_whole(body: bytes) -> None:
    assert whole_answer(body) is None
    assert whole_answer(body + b"\nname,tags,name\ndatabases,,d\n") == body + b"\n"


def test_a_text_that_looks_like_the_witness_does_not_hide_the_rows_behind_it() -> None:
    rows = b'name,tags,time,quality\nreading,,1,"\nname,tags,name\ndatabases,,x"\nreading,,2,ok\n\n'
    whole = whole_answer(rows + b"name,tags,name\ndatabases,,d\n")
    assert whole == rows
    assert parse_rows(rows, ("quality",)).column("time").to_pylist() == [1, 2]


def test_absent_numbers_are_null_and_absent_texts_empty() -> None:
    table = parse_rows(b"name,tags,time,power_kw,quality\nreading,,5,,\nreading,,6,1.5,ok\n", ("power_kw", "quality"))
    assert table.column("power_kw").to_pylist() == [None, 1.5]
    assert table.column("quality").to_pylist() == ["", "ok"]
    assert parse_rows(b"", ("power_kw", "quality")).num_rows == 0
    assert WITNESS.strip().startswith(";")
