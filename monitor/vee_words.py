"""What a finding says to people, in both languages."""

from __future__ import annotations

from analytics.vee_rules import Finding

_WORDS: dict[str, tuple[str, str]] = {
    "duplicate": (
        "同一时段收到 {value:.0f} 个不同数值，已隔离",
        "{value:.0f} different values for one interval, held in quarantine",
    ),
    "equal": (
        "功率 {value:.1f} 小时不变而示数变化不符",
        "power stood for {value:.1f} h while the register moved otherwise",
    ),
    "zero": ("连续为零，同类日平均 {bound:.0f} kW", "zero, like days draw {bound:.0f} kW here"),
    "interval": ("{value:.0f} 个读数不在登记的采集间隔上", "{value:.0f} readings fit no interval of the registry"),
    "spike": ("跳变：{value:,.0f} kW，参照 {bound:,.0f} kW", "spike of {value:,.0f} kW against {bound:,.0f} kW"),
    "high": ("日电量为同类日的 {value:.1f} 倍", "the day's energy is {value:.1f} x that of like days"),
    "low": ("日电量仅为同类日的 {value:.2f} 倍", "the day's energy is {value:.2f} x that of like days"),
    "multiplier": (
        "功率与示数相差固定倍数 {value:.3g}，请核对倍率",
        "power is {value:.3g} x the register throughout; check the multiplier",
    ),
    "negative": ("只进不出的表出现负功率 {value:,.1f} kW", "a meter that only imports shows {value:,.1f} kW"),
    "sum_check": (
        "时段电量之和与示数差 {value:+,.1f} kWh（允许 {bound:,.1f}）",
        "intervals and register differ by {value:+,.1f} kWh ({bound:,.1f} allowed)",
    ),
    "unit": ("数值约为同类日的 {value:.3g} 倍，请核对单位", "values are {value:.3g} x like days; check the unit"),
    "prolonged": ("已连续 {value:.0f} 天以估计为主", "mostly estimated for {value:.0f} days on end"),
    "sibling": ("{value:.0f} 个通常上送的量当天缺失", "{value:.0f} channels sent otherwise are absent all day"),
}


def words_of(finding: Finding) -> tuple[str, str]:
    zh, en = _WORDS[finding.rule]
    return tuple(text.format(value=finding.value, bound=finding.bound) for text in (zh, en))  # type: ignore[return-value]
