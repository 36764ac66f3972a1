"""Why a figure is missing, in both languages and with the numbers."""

from __future__ import annotations

from analytics.verdicts import Verdict

_TEXTS: dict[Verdict, str] = {
    Verdict.NO_DATA: "没有实测数据 / nothing was measured",
    Verdict.INCOMPLETE: "实测时段不足：{have}，需要 {need} / too few measured blocks: {have}, {need} needed",
    Verdict.FEW_DAYS: "完整日不足：{have} 天，需要 {need} 天 / too few whole days: {have}, {need} needed",
    Verdict.NO_LOAD: "最大负荷不大于零，比率无意义 / the maximum is not above zero, so a ratio to it means nothing",
    Verdict.CONSTANT: "负荷恒定不变 / the load never changes",
    Verdict.NO_TEMPERATURE: "缺少气温数据 / no temperature is known",
    Verdict.FEW_WARM_DAYS: "高温日不足：{have} 天，需要 {need} 天 / too few warm days: {have}, {need} needed",
    Verdict.NO_RESPONSE: "负荷不随气温变化 / the load does not follow temperature",
    Verdict.NEGATIVE: "净负荷为负（上网），不是用电曲线 / the site exports, so its net load is no consumption",
    Verdict.UNREACTIVE: "没有无功电量 / no reactive energy was measured",
}


def because(verdict: int, *, have: object = "—", need: object = "—") -> str:
    """Empty for a verdict of OK."""
    found = Verdict(verdict)
    return "" if found is Verdict.OK else _TEXTS[found].format(have=have, need=need)
