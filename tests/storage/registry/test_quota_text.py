"""Quotas pasted from a sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from storage.quota_text import UNITS_KW, points_of_text

FIGURES = [20.0 + n / 10 for n in range(96)]
IN_KW = tuple(pytest.approx(f * 1000) for f in FIGURES)
STARTS = [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 15)]
ENDS = [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 1441, 15)]


@pytest.mark.parametrize("between", ["\n", "\r\n", "\t", ", ", ";", " "])
def test_a_column_or_a_row(between: str) -> None:
    assert points_of_text(between.join(f"{f:.1f}" for f in FIGURES) + "\n", "MW") == IN_KW


@pytest.mark.parametrize("labels", [STARTS, ENDS])
def test_times_beside_the_figures_in_any_order(labels: list[str]) -> None:
    rows = [f"{label}\t{figure}" for label, figure in zip(labels, FIGURES, strict=True)]
    assert points_of_text("\n".join(rows), "MW") == IN_KW
    assert points_of_text("\n".join(reversed(rows)), "MW") == IN_KW


def test_thousands_separators_and_full_width_figures() -> None:
    assert points_of_text("\n".join(["24,000"] * 95 + ["２４０００"]), "kW") == (24_000.0,) * 96
    assert points_of_text("\n".join(["2.4"] * 96), "万千瓦") == tuple(pytest.approx(24_000.0) for _ in range(96))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n".join(["1"] * 95), "95 figures"),
        ("", "0 figures"),
        ("\n".join(["1"] * 40 + ["很多"] + ["1"] * 55), "number 41"),
        ("\n".join(["1"] * 95 + ["-3"]), "number 96"),
        ("\n".join(["1"] * 95 + ["nan"]), "number 96"),
        ("00:00\t1\n00:15", "figure beside it"),
        ("\n".join(f"{t}\t1" for t in ["00:07", *STARTS[1:]]), "quarter"),
        ("\n".join(f"{t}\t1" for t in ["00:15", *STARTS[1:]]), "once each"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        points_of_text(text, "MW")


@given(st.text(max_size=300), st.sampled_from(sorted(UNITS_KW)))
def test_any_text_is_points_or_invalid(text: str, unit: str) -> None:
    try:
        points = points_of_text(text, unit)
    except Invalid:
        return
    assert len(points) == 96
