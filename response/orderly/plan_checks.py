"""Checks of a plan before anyone signs it: rows against their own loads, the whole against levels and maxima."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.orderly import LetterEdition, OrderlyTable
from domain.credit_code import credit_code_mistake
from domain.orderly import PlanRow, Rank
from domain.registry import ProtectedClass

Say = Callable[[str, "Weight", str, str], None]
#: Against the rounding of sums [kW].
SMALL_KW = 0.5


class Weight(StrEnum):
    """An error must be mended before approval; a doubt is shown and may be signed over."""

    ERROR = "error"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Finding:
    """account "" : about the plan as a whole"""

    code: str
    weight: Weight
    account: str
    name: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the plan.

    metered_max_kw : by enterprise, highest complete block of the last year; historic_max_kw : of the district, None =
    not entered
    """

    metered_max_kw: Mapping[str, float]
    historic_max_kw: float | None = None


def check_plan(rows: Sequence[PlanRow], table: OrderlyTable, levels: LetterEdition, known: Known) -> list[Finding]:
    """Errors first, in the order of the rows."""
    found = [each for row in rows for each in _row_findings(row, table, levels, known)]
    found += _overlaps(rows) + _whole(rows, table, levels, known)
    return sorted(found, key=lambda f: (f.weight is Weight.DOUBT, f.account == ""))


def _row_findings(row: PlanRow, table: OrderlyTable, levels: LetterEdition, known: Known) -> list[Finding]:
    own, total = row.enterprise, row.reduction_kw(levels.letters)
    found: list[Finding] = []

    def say(code: str, weight: Weight, zh: str, en: str) -> None:
        found.append(Finding(code, weight, row.account.id, own.name, zh, en))

    if own.security_load_kw is None:
        say("no_security_load", Weight.ERROR, "缺少保安负荷", "no security load")
    elif own.summer_max_kw is not None and total > own.summer_max_kw - own.security_load_kw + SMALL_KW:
        room = max(0.0, own.summer_max_kw - own.security_load_kw)
        zh = f"各级压降合计 {total:g} kW 大于最大负荷减保安负荷 {room:g} kW"
        say(
            "below_security_load", Weight.ERROR, zh, f"levels sum to {total:g} kW, above maximum less security {room:g}"
        )
    if own.protected_class is not ProtectedClass.NONE and total > 0:
        say("protected", Weight.ERROR, "受保护类别不得列入压降", "a protected class may not be called")
    if mistake := credit_code_mistake(own.credit_code) if own.credit_code else ("缺少信用代码", "no credit code"):
        say("credit_code", Weight.ERROR, *mistake)
    ranks = sum(row.rank_kw(rank) for rank in Rank if rank is not Rank.DR)
    if ranks > 0 and total > ranks + SMALL_KW:
        zh = f"各级压降 {total:g} kW 大于可错峰、可避峰、可限之和 {ranks:g} kW"
        say("above_measures", Weight.ERROR, zh, f"levels {total:g} kW exceed what the measures give, {ranks:g} kW")
    if ranks == 0 and total > 0:
        say("no_measures", Weight.DOUBT, "未填可错峰、可避峰、可限", "does not say what can be shifted, avoided, cut")
    _dr(row, total, say)
    if not own.contacts or not own.contacts[0].phone:
        say("no_contact", Weight.ERROR, "缺少联系人或电话", "no contact with a phone")
    elif len(own.contacts) < 2:
        say("one_contact", Weight.DOUBT, "只有一名联系人", "one contact only")
    _metered(row, table, total, known, say)
    return found


def _dr(row: PlanRow, total: float, say: Say) -> None:
    """The same kW may not be sold as demand response and ordered as well."""
    own = row.enterprise
    dr_kw = own.dr_contract_kw or 0.0 if own.dr_contract else 0.0
    if dr_kw <= 0 or own.summer_max_kw is None or own.security_load_kw is None:
        return
    room = own.summer_max_kw - own.security_load_kw
    if total + dr_kw > room + SMALL_KW:
        zh = f"需求响应约定 {dr_kw:g} kW 与压降 {total:g} kW 之和超过可压 {room:g} kW，同一负荷重复计入"
        say("dr_twice", Weight.ERROR, zh, f"DR {dr_kw:g} and levels {total:g} kW exceed {room:g} kW: counted twice")


def _metered(row: PlanRow, table: OrderlyTable, total: float, known: Known, say: Say) -> None:
    measured, declared = known.metered_max_kw.get(row.enterprise.id), row.enterprise.summer_max_kw
    if measured is None or not math.isfinite(measured):
        return
    if declared and abs(measured - declared) > table.plan.contradiction * declared:
        zh = f"申报最大负荷 {declared:g} kW，计量 {measured:.0f} kW"
        say("declared_and_metered", Weight.DOUBT, zh, f"declared maximum {declared:g} kW, metered {measured:.0f} kW")
    security = row.enterprise.security_load_kw or 0.0
    if total > max(0.0, measured - security) + SMALL_KW:
        zh = f"各级压降 {total:g} kW 大于计量最大负荷减保安负荷 {max(0.0, measured - security):.0f} kW"
        say("above_metered", Weight.DOUBT, zh, f"levels {total:g} kW exceed what was ever metered above security load")


def _overlaps(rows: Sequence[PlanRow]) -> list[Finding]:
    counts = Counter(row.account.id for row in rows)
    return [
        Finding("account_twice", Weight.ERROR, account, "", f"户号出现 {n} 次", f"the account stands {n} times")
        for account, n in counts.items()
        if n > 1
    ]


def _whole(rows: Sequence[PlanRow], table: OrderlyTable, levels: LetterEdition, known: Known) -> list[Finding]:
    found = []

    def say(code: str, weight: Weight, zh: str, en: str) -> None:
        found.append(Finding(code, weight, "", "", zh, en))

    for level in levels.level:
        letters = levels.up_to(level.letter)
        given, wanted = sum(row.reduction_kw(letters) for row in rows), level.to_kw * table.plan.margin
        if given < wanted:
            zh = f"{level.letter}级合计 {given:,.0f} kW，低于 {level.to_kw:,.0f} kW 的 {table.plan.margin:.0%}"
            en = f"level {level.letter} gives {given:,.0f} kW, below {table.plan.margin:.0%} of {level.to_kw:,.0f} kW"
            say("level_short", Weight.DOUBT, zh, en)
    total = sum(row.reduction_kw(levels.letters) for row in rows)
    if known.historic_max_kw is not None and total < table.plan.share_of_maximum * known.historic_max_kw:
        share = total / known.historic_max_kw
        zh = f"方案总量 {total:,.0f} kW 为历史最大负荷的 {share:.1%}，应不低于 {table.plan.share_of_maximum:.0%}"
        en = f"the plan is {share:.1%} of the historic maximum, {table.plan.share_of_maximum:.0%} is asked for"
        say("plan_short", Weight.DOUBT, zh, en)
    load = sum(row.enterprise.summer_max_kw or 0.0 for row in rows)
    remote = sum(row.enterprise.summer_max_kw or 0.0 for row in rows if row.enterprise.remote_controllable)
    if load > 0 and remote < table.plan.control_share * load:
        zh = f"可控负荷占 {remote / load:.1%}，应不低于 {table.plan.control_share:.0%}"
        say("control_short", Weight.DOUBT, zh, f"{remote / load:.1%} of the load can be controlled remotely")
    return found
