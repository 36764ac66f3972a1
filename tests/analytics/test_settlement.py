"""Validity, effective duration, energy and money against the hand calculations of docs/settlement.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.settlement import Validity, longest_run, payment, penalty, settle, top_up
from config.policy import load_policy
from domain.dr import Direction, Terms
from domain.errors import Invalid

DOCUMENT = Path(__file__).parents[2] / "docs" / "settlement.md"


def terms(rule: int = 2, direction: str = "shed") -> Terms:
    programme = "zj_dayahead" if direction == "shed" else "zj_fill"
    return replace(load_policy().programmes.by_id(programme).terms(date(2026, 7, 1)), rule=rule)


def _cases() -> list[list[str]]:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("| case |"))
    rows = []
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def _series(text: str) -> list[float]:
    values: list[float] = []
    for part in text.split():
        count, _, value = part.partition("x")
        values += [_number(value)] * int(count)
    return values


def _number(text: str) -> float:
    return float("nan") if text == "-" else float(text)


CASES = _cases()


def test_the_document_has_its_cases() -> None:
    assert len(CASES) == 21
    assert {case[10] for case in CASES} == {each.word for each in Validity}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_hand_calculation_of_the_document(case: list[str]) -> None:
    _, rule, direction, base, load, promised, extreme, mean, ratio, effective, verdict, energy = case
    found = settle(
        np.array([_series(base)]),
        np.array([_series(load)]),
        np.array([float(promised)]),
        terms(int(rule), direction),
        step_s=900,
    )
    sign = -1.0 if direction == Direction.FILL else 1.0
    figures = {
        "extreme": (sign * (found.base_extreme_kw - found.load_extreme_kw), extreme),
        "mean": (found.response_kw, mean),
        "ratio": (found.ratio, ratio),
        "effective": (found.effective_min, effective),
        "energy": (found.energy_kwh, energy),
    }
    for name, (value, expected) in figures.items():
        np.testing.assert_allclose(value[0], _number(expected), rtol=1e-9, atol=1e-9, err_msg=name)
    assert Validity(int(found.validity[0])).word == verdict


def test_enterprises_are_judged_side_by_side_as_alone() -> None:
    generator = np.random.default_rng(7)
    base = generator.uniform(500, 1500, (40, 16))
    load = base - generator.uniform(-80, 250, (40, 16))
    promised = generator.uniform(0, 200, 40).round()
    together = settle(base, load, promised, terms(), step_s=900)
    for n in range(40):
        alone = settle(base[n : n + 1], load[n : n + 1], promised[n : n + 1], terms(), step_s=900)
        assert alone.validity[0] == together.validity[n]
        assert alone.energy_kwh[0] == pytest.approx(together.energy_kwh[n])


def test_the_longest_run() -> None:
    rows = np.array([[1, 1, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 1, 0]], dtype=np.bool_)
    assert longest_run(rows).tolist() == [3, 0, 6, 1]


def test_pay_is_energy_times_price_for_valid_responses_only() -> None:
    paid = payment(np.array([200.0, 200.0]), np.array([True, False]), terms())
    assert paid.tolist() == [800.0, 0.0]
    unpriced = replace(terms(), price_yuan_per_kwh=None)
    assert np.isnan(payment(np.array([200.0]), np.array([True]), unpriced)).all()


def test_the_penalty_is_off_until_it_is_configured() -> None:
    promised, response = np.array([100.0]), np.array([20.0])
    assert penalty(response, promised, terms(), hours=2.0).tolist() == [0.0]
    on = replace(terms(), penalty_factor=0.5)
    # (100 x 0.5 - 20) kW x 4 yuan x 0.5 x 2 h
    assert penalty(response, promised, on, hours=2.0).tolist() == [120.0]


def test_the_subsidy_stays_within_its_cap_to_the_fen() -> None:
    energy = np.array([300.0, 500.0, 200.0])
    assert top_up(energy, 4.0, 5000.0).paid_yuan.tolist() == [1200.0, 2000.0, 800.0]
    capped = top_up(energy, 4.0, 3000.0)
    assert capped.share == 0.75
    assert capped.paid_yuan.tolist() == [900.0, 1500.0, 600.0]
    odd = top_up(np.full(7, 33.3), 4.0, 100.0)
    assert odd.paid_yuan.sum() <= 100.0
    assert 100.0 - odd.paid_yuan.sum() < 0.07


def test_shapes_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(Invalid, match="belong together"):
        settle(np.zeros((2, 4)), np.zeros((2, 5)), np.zeros(2), terms(), step_s=900)
