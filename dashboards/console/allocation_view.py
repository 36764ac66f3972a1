"""A list as it is read: who is called and why, who is not and why not, and what differs from another list."""

from __future__ import annotations

from html import escape

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.orderly import Measure
from response.orderly.allocation_answers import AllocationAnswer
from response.orderly.order_words import RANKS


def difference_markup(visit: Visit, plain: AllocationAnswer, found: AllocationAnswer) -> str:
    """Who comes on the list and who leaves it, against the list without changes."""
    before, after = ({line.enterprise: line.name for line in each.lines} for each in (plain, found))
    came = [name for enterprise, name in after.items() if enterprise not in before]
    left = [name for enterprise, name in before.items() if enterprise not in after]
    told = visit.t(
        "orderly.difference",
        need=f"{(found.need.kw - plain.need.kw) / 1000:+,.2f}",
        kw=f"{(_ordered_kw(found) - _ordered_kw(plain)) / 1000:+,.2f}",
        before=len(before),
        after=len(after),
    )
    names = [(visit.t("orderly.came"), came), (visit.t("orderly.left"), left)]
    more = "".join(f"<li>{escape(word)}: {escape('、'.join(listed))}</li>" for word, listed in names if listed)
    return f'<div class="banner" data-name="difference">{escape(told)}<ul>{more}</ul></div>'


def _soft(visit: Visit, measure: Measure) -> str:
    return "" if measure is Measure.PLANNED else " " + markup.pill(visit.t(f"measure.{measure}"), "info")


def _ordered_kw(answer: AllocationAnswer) -> float:
    return sum(line.order_kw for line in answer.lines)


def list_markup(visit: Visit, answer: AllocationAnswer) -> str:
    language = 0 if visit.pick("zh", "en") == "zh" else 1
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("orderly.rank")),
        markup.Column("kW", right=True),
        markup.Column(visit.t("orderly.counted"), right=True, wide=True),
        markup.Column(visit.t("why"), wide=True),
    )
    rows = [
        (
            markup.link(f"/console/enterprise/{line.enterprise}", line.name),
            escape(RANKS[line.rank][language]) + _soft(visit, line.kind),
            markup.number(line.order_kw),
            markup.number(line.counted_kw),
            escape(line.why[language]),
        )
        for line in answer.lines
    ]
    spared = [
        (escape(each.name), "", markup.NONE, markup.number(each.most_kw), escape(each.why[language]))
        for each in answer.spared
    ]
    gap = "—" if answer.relative_gap is None else f"{answer.relative_gap:.2%}"
    told = visit.t(
        "orderly.outcome",
        counted=f"{answer.counted_kw:,.0f}",
        need=f"{answer.need.kw:,.0f}",
        level=answer.level or "—",
        plan=answer.plan,
        gap=gap,
        loss=f"{answer.loss_yuan:,.0f}",
        listed=f"{answer.listed_loss_yuan:,.0f}",
    )
    missing = "".join(f"<li>{escape(words[language])}</li>" for words in answer.missing)
    short = markup.state(visit.t("orderly.missing")) + f"<ul>{missing}</ul>" if missing else ""
    rest = f"<h2>{escape(visit.t('orderly.spared'))}</h2>" + markup.table(columns, spared, name="spared", stacked=True)
    return (
        f"<p>{escape(told)}</p>{short}"
        + markup.table(columns, rows, name="called", stacked=True)
        + (rest if spared else "")
    )
