from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit_code import ALPHABET, check_character, credit_code_mistake

# Two codes printed in public annual reports: evidence that is not ours.
PUBLISHED = ("91330100799655058B", "9144030071526726XG")


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_pass(code: str) -> None:
    assert credit_code_mistake(code) is None


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(first17: str, place: int, other: str) -> None:
    code = first17 + check_character(first17)
    assert credit_code_mistake(code) is None
    wrong = code[:place] + other + code[place + 1 :]
    assert (credit_code_mistake(wrong) is None) == (wrong == code)


@pytest.mark.parametrize(
    ("code", "says"),
    [("9133010079965505", "has 16"), ("91330100799655058b", "no b"), ("9133O100799655058B", "no O"), ("", "has 0")],
)
def test_what_is_wrong_is_named(code: str, says: str) -> None:
    wrong = credit_code_mistake(code)
    assert wrong is not None
    assert says in wrong[1]
