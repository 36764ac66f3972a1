"""Intensity card of one enterprise. 企业能耗强度卡"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from domain.energy import Basis
from domain.errors import NotFound
from domain.months import months_between
from domain.report import Block, Chart, ChartKind, Facts, Heading, Paragraph, Series, shown_number
from domain.report_versions import Source
from monitor.runs import canonical_json, digest_of
from response.intensity.benchmarks import Ranked
from response.reports.anonymity import FEWEST
from response.reports.energy.periodical import SIGNATURE, drawn
from response.reports.energy.questions import EnergyQuestions, with_year_before
from response.reports.energy.words import ENERGY, INTENSITY, PER_VALUE, TCE, indicators, printed, sentence, standing
from response.reports.kinds import Draft, Request


def card(questions: EnergyQuestions) -> Callable[[Request], Draft]:
    return lambda request: _draft(questions.once(), request)


def _draft(ask: EnergyQuestions, request: Request) -> Draft:
    last, enterprise = request.period.last, request.enterprise
    first = date(last.year, 1, 1)
    version = ask.books.view(last).enterprises.get(enterprise)
    if version is None:
        raise NotFound(f"登记簿中没有企业 {enterprise} / the registry has no enterprise {enterprise}")
    request.progress.step(0.1, "年累计")
    whole = ask.together(request.principal, first, last, [enterprise])
    month = ask.together(request.principal, last, last, [enterprise])
    ranked = ask.desk.rank(request.principal, first, last).rows
    summed = f"{last.year}年1—{last.month}月"
    request.progress.step(0.4, "逐月走势")
    blocks: list[Block] = [
        Facts(
            (
                ("统一社会信用代码", version.credit_code or "未登记"),
                ("行业（GB/T 4754）", version.sector or "未登记"),
                ("所在街道", version.street or "未登记"),
                ("数据基础", standing(whole)),
                ("同行业位次", _place(_own(request, ranked))),
            )
        ),
        Heading("一、主要指标"),
        Paragraph(sentence(summed, version.name, whole)),
        indicators("主要指标", [(f"{last.month}月", month), (summed, whole)]),
        Heading("二、逐月走势"),
        *_trend(ask, request, first),
        SIGNATURE,
    ]
    request.progress.step(0.8, "数据来源")
    own = ask.sources(request.principal, with_year_before(first, last), [enterprise])
    return Draft(
        f"{version.name}能耗强度卡",
        f"{summed}　{ask.district}",
        tuple(blocks),
        (*own, *_others(ask, request, first, ranked)),
        "本企业计量读数与报表，逐项版本见数据来源表；等价值在前，当量值并列，两者不可相加",
    )


def _others(ask: EnergyQuestions, request: Request, first: date, ranked: Sequence[Ranked]) -> tuple[Source, ...]:
    """What the place among the sector stands on, in one line: whose figures they are is nobody's business."""
    own = _own(request, ranked)
    if own is None or own.place is None:
        return ()
    peers = [row.enterprise for row in ranked if row.sector == own.sector]
    kept = ask.sources(request.principal, ((first, request.period.last),), peers)
    digest = digest_of(canonical_json({each.what: each.version for each in kept}))
    return (Source("同行业数据", digest, f"{len(peers)}户"),)


def _own(request: Request, ranked: Sequence[Ranked]) -> Ranked | None:
    return next((row for row in ranked if row.enterprise == request.enterprise), None)


def _place(own: Ranked | None) -> str:
    """Among its sector, the least intensive first; figures of fewer than three would give the others away."""
    if own is None or own.place is None:
        return f"数据不足（{printed(own.figure.reason)}）" if own is not None else "未列入"
    if own.of < FEWEST or own.median is None:
        return f"本行业只有{own.of}户有数据，不作比较"
    median = shown_number(own.median, 4)
    mark = "，偏离较大，请核实" if own.outlier else ""
    return f"强度由低到高第{own.place}位，共{own.of}户；行业中位数{median}{PER_VALUE}（等价值）{mark}"


def _trend(ask: EnergyQuestions, request: Request, first: date) -> list[Block]:
    months = months_between(first, request.period.last)
    found = [ask.together(request.principal, month, month, [request.enterprise]) for month in months]
    names = tuple(f"{month.month}月" for month in months)
    charts = [
        Chart(
            f"{ENERGY}（等价值）",
            ChartKind.COLUMN,
            names,
            (Series("本企业", tuple(group.energy_tce[Basis.EQUIVALENT].value for group in found)),),
            TCE,
        ),
        Chart(
            f"{INTENSITY}（等价值）",
            ChartKind.LINE,
            names,
            (Series("本企业", tuple(group.intensity[Basis.EQUIVALENT].value for group in found)),),
            PER_VALUE,
        ),
        Chart(
            "用电量",
            ChartKind.COLUMN,
            names,
            (Series("本企业", tuple(group.electricity_kwh.value for group in found)),),
            "kWh",
        ),
    ]
    return drawn(charts)
