"""Causes of a deviation: each is named first where it is the one thing that was made wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.billing import Cause, Evidence, Judgement, likely_causes
from config.policy import load_policy

TABLE = load_policy().billing
RULE = Judgement(TABLE.tolerance, TABLE.fit, TABLE.least_coverage, TABLE.whole_coverage, TABLE.multipliers)
TRUE_KWH = 240_000.0


def causes(metered_kwh: float | None, **more: object) -> list[tuple[Cause, str]]:
    facts: dict[str, object] = {"coverage": 1.0, "counted": {"M001": metered_kwh or 0.0}, **more}
    evidence = Evidence(billed_kwh=TRUE_KWH, metered_kwh=metered_kwh, **facts)  # type: ignore[arg-type]
    return [(finding.cause, finding.what) for finding in likely_causes(evidence, RULE)]


@pytest.mark.parametrize("share", [0.981, 1.0, 1.019])
def test_within_the_tolerance_there_is_nothing_to_explain(share: float) -> None:
    assert causes(TRUE_KWH * share) == []


@pytest.mark.parametrize(
    ("metered", "more", "expected"),
    [
        # 240,000 / 20 = 12,000: secondary values were stored as they came.
        (12_000.0, {"multiplier": 20.0}, (Cause.MULTIPLIER_NEVER, "20")),
        (4_800_000.0, {"multiplier": 20.0}, (Cause.MULTIPLIER_TWICE, "20")),
        # Registered 20 (100/5), installed 30 (150/5): measured 160,000.
        (160_000.0, {"multiplier": 20.0}, (Cause.MULTIPLIER_OTHER, "20 -> 30")),
        # Registered 30 (150/5 and no voltage transformer), installed 30 x 100: measured 2,400.
        (2_400.0, {"multiplier": 30.0}, (Cause.MULTIPLIER_OTHER, "30 -> 3000")),
        (12_000.0, {}, (Cause.MULTIPLIER_OTHER, "1 -> 20")),
        (4_800_000.0, {}, (Cause.MULTIPLIER_TWICE, "20")),
        (216_000.0, {"coverage": 0.9}, (Cause.MISSING_DATA, "10.0%")),
        (
            300_000.0,
            {"counted": {"M001": 240_000.0, "M002": 60_000.0}},
            (Cause.COUNTED_TWICE, "M002"),
        ),
        (180_000.0, {"others": {"S1": 60_000.0, "S2": 10_000.0}}, (Cause.NOT_COUNTED, "S1")),
        (248_000.0, {"shifted": {"-1 d": 240_100.0, "+1 d": 236_000.0}}, (Cause.PERIOD_SHIFTED, "-1 d")),
        (260_000.0, {}, (Cause.UNKNOWN, "")),
        (None, {"counted": {"M001": 0.0}, "coverage": 0.0}, (Cause.NO_DATA, "")),
        (None, {"counted": {}, "coverage": 0.0}, (Cause.NOT_MAPPED, "")),
    ],
)
def test_the_mistake_that_was_made_comes_first(
    metered: float | None, more: dict[str, object], expected: tuple[Cause, str]
) -> None:
    assert causes(metered, **more)[0] == expected


def test_a_wrong_multiplier_shows_through_missing_data() -> None:
    """A tenth is missing and the multiplier of 20 was forgotten: 240,000 / 20 x 0.9 = 10,800."""
    assert causes(10_800.0, multiplier=20.0, coverage=0.9)[0] == (Cause.MULTIPLIER_NEVER, "20")


def test_of_too_little_data_no_multiplier_is_read() -> None:
    assert causes(TRUE_KWH / 50, coverage=0.065) == [(Cause.MISSING_DATA, "93.5%")]


def test_too_much_is_never_explained_by_gaps() -> None:
    assert (Cause.MISSING_DATA, "10.0%") not in causes(260_000.0, coverage=0.9)


@given(
    st.floats(1.0, 1e9), st.one_of(st.none(), st.floats(0.0, 1e9)), st.floats(0.0, 1.0), st.sampled_from([1.0, 20.0])
)
def test_a_deviation_always_has_a_cause_and_agreement_none(
    billed: float, metered: float | None, coverage: float, multiplier: float
) -> None:
    evidence = Evidence(billed, metered, coverage, multiplier, counted={"M001": metered or 0.0})
    found = likely_causes(evidence, RULE)
    agrees = metered is not None and abs(metered - billed) <= RULE.tolerance * billed
    assert bool(found) != agrees
