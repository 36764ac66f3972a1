"""From a list to what each enterprise is told: one line each, whatever measures it stands on."""

from __future__ import annotations

from domain.errors import Invalid
from domain.orderly import RANKS, OrderLine, Rank, Target
from response.orderly.allocation_answers import AllocationAnswer, ListLine
from response.orderly.orders import NewOrder


def order_lines(answer: AllocationAnswer, target: Target = Target.REDUCTION) -> tuple[OrderLine, ...]:
    """Demand response is called by its event, not by an order, so its kW are in no line.

    A cap is what is expected less what is to be taken off, never below the security load
    """
    by_enterprise: dict[str, list[ListLine]] = {}
    for line in answer.lines:
        if line.rank is not Rank.DR:
            by_enterprise.setdefault(line.enterprise, []).append(line)
    return tuple(_line(lines, target) for lines in by_enterprise.values())


def listed_order(
    answer: AllocationAnswer, instruction: str, target: Target = Target.REDUCTION, *, drill: bool = False
) -> NewOrder:
    """The order that a list stands for, with its plan, its level and why that is left. Invalid where it names nobody"""
    lines = order_lines(answer, target)
    if not lines:
        zh, en = "名单没有可下令的企业", "the list has nobody to order"
        if answer.lines:
            zh, en = "名单全由需求响应承担，请发起响应事件", "demand response covers the list: begin its event"
        raise Invalid(f"{zh} / {en}")
    return NewOrder(
        lines,
        (answer.need.window,),
        instruction,
        plan=answer.plan,
        level=answer.level,
        outside_level=answer.need.outside_words,
        drill=drill,
    )


def _line(lines: list[ListLine], target: Target) -> OrderLine:
    first, deepest = lines[0], max(lines, key=lambda line: RANKS.index(line.rank))
    total = sum(line.order_kw for line in lines)
    zh, en = _together([line.why[0] for line in lines], "；"), _together([line.why[1] for line in lines], "; ")
    kw = total
    if target is Target.CAP:
        if first.expected_kw is None:
            raise Invalid(f"{first.name} 预计负荷未知，不能下达限值 / its load is not known: a cap cannot be set")
        kw = max(first.expected_kw - total, first.security_kw or 0.0)
    measures = "；".join(dict.fromkeys(line.measure for line in lines if line.measure))
    return OrderLine(first.enterprise, deepest.rank, target, kw, (zh, en), measures)


def _together(sentences: list[str], mark: str) -> str:
    """What is said of its measures one after the other; what is the same of all (its value added, its hours) once."""
    heads, tails = zip(*(sentence.rpartition(mark)[::2] for sentence in sentences), strict=True)
    alike = len(set(tails)) == 1 and all(heads)
    return mark.join((*heads, tails[0]) if alike else sentences)
