"""How many steps of one grid make one step of another, and the refusal when they do not fit."""

from __future__ import annotations

from domain.errors import Invalid


def steps_per_block(*, step_s: int, block_s: int) -> int:
    """Number of steps in a block. Raises Invalid when a block is not a whole number of steps."""
    if step_s <= 0 or block_s <= 0:
        raise Invalid(f"a step of {step_s} s and a block of {block_s} s must both be positive")
    if block_s % step_s:
        raise Invalid(f"a block of {block_s} s is not a whole number of steps of {step_s} s")
    return block_s // step_s
