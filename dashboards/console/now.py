"""A scope now, as tiles: sliding demand, quota, gap and levels, record, today's maximum."""

from __future__ import annotations

from html import escape

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.scopes import DISTRICT, ScopeKind
from domain.series import Figure
from monitor.answers import CurrentLoad

NEAR, OVER = 0.9, 1.0


def power(load: CurrentLoad, value_kw: float | None) -> str:
    """MW for a district, kW for an enterprise."""
    return markup.number(value_kw, "kW", 1) if load.scope.kind is ScopeKind.ENTERPRISE else markup.megawatts(value_kw)


def banners(visit: Visit, load: CurrentLoad) -> str:
    if load.as_of is None:
        return f'<div class="banner" role="status">{escape(visit.t("now.nothing"))}</div>'
    if load.stale:
        text = visit.t("now.stale", at=visit.moment(load.as_of))
        return f'<div class="banner" role="status">{escape(text)}</div>'
    return ""


def tiles(visit: Visit, load: CurrentLoad) -> str:
    parts = [_hero(visit, load), _quota(visit, load), _gap(visit, load), _record(visit, load), _maximum(visit, load)]
    return banners(visit, load) + f'<div class="tiles five" data-name="now">{"".join(parts)}</div>'


def why(visit: Visit, figure: Figure) -> str:
    """Insufficient data, and the reason."""
    reason = visit.half(figure.reason)
    return f"{visit.t('insufficient')}{': ' if reason else ''}{reason}"


def best_kw(load: CurrentLoad) -> float | None:
    """The figure shown large: the measured one, else the estimate, which is then named as such."""
    return load.sliding_demand_kw.value if load.sliding_demand_kw.value is not None else load.estimate_kw


def _hero(visit: Visit, load: CurrentLoad) -> str:
    figure = load.sliding_demand_kw
    label = visit.t("now.district" if load.scope == DISTRICT else "now.monitored")
    if load.scope.kind is ScopeKind.ENTERPRISE:
        label = visit.t("now.enterprise")
    shown = best_kw(load)
    estimated = figure.value is None or figure.estimated
    notes = []
    if shown is None:
        value = f'<span style="font-size:24px">{escape(visit.t("insufficient"))}</span>'
        notes.append(escape(visit.half(figure.reason)))
    else:
        value = power(load, shown)
        if estimated:
            value += " " + markup.pill(visit.t("now.estimated"), "warning")
            notes.append(escape(why(visit, figure) if figure.value is None else visit.half(figure.reason)))
    partial = figure.coverage < 1 or figure.estimated
    if load.estimate_kw is not None and partial and load.estimate_low_kw is not None:
        low, high = power(load, load.estimate_low_kw), power(load, load.estimate_high_kw)
        notes.append(f"{escape(visit.t('now.band'))} {low} – {high}")
    coverage = f"{escape(visit.t('coverage'))} {markup.share(figure.coverage, 0)}"
    silent = len(load.silent_meters)
    heard = visit.t("now.meters", heard=max(load.expected_meters - silent, 0), expected=load.expected_meters)
    notes.append(f"{coverage} · {escape(heard)} · {escape(visit.t('as_of'))} {visit.time(load.as_of)}")
    if load.scope == DISTRICT and load.monitored_share is not None:
        notes.append(f"{escape(visit.t('now.share'))} {markup.share(load.monitored_share)}")
    notes.append(_projection(visit, load))
    return markup.tile(label, value, "<br>".join(n for n in notes if n), kind="hero")


def _projection(visit: Visit, load: CurrentLoad) -> str:
    p = load.projection
    if p is None:
        return escape(visit.t("projection.none"))
    said = escape(visit.t("projection", at=visit.time(p.block_start), minutes=p.minutes))
    return (
        f'<span class="strong">{said} {power(load, p.demand_kw)}</span> ({power(load, p.low_kw)} – '
        f"{power(load, p.high_kw)}, 80%)"
    )


def _quota(visit: Visit, load: CurrentLoad) -> str:
    label = visit.t("quota.share")
    if load.quota_kw is None:
        return markup.tile(
            label, f'<span class="soft">{escape(visit.t("quota.none"))}</span>', escape(visit.t("quota.none.why"))
        )
    shown = best_kw(load)
    note = f"{escape(visit.t('quota'))} {power(load, load.quota_kw)} · {escape(load.quota_source)}"
    if shown is None:
        return markup.tile(label, markup.NONE, note)
    ratio = shown / load.quota_kw
    kind = "over" if ratio >= OVER else "near" if ratio >= NEAR else ""
    tone = {"over": "critical", "near": "warning", "": "ok"}[kind]
    word = markup.pill(visit.t(f"quota.{kind or 'within'}"), tone)
    full = 1.2
    bar = (
        f'<div class="meterbar {kind}" role="img" aria-label="{ratio:.0%}">'
        f'<i style="width:{min(ratio / full, 1):.1%}"></i>'
        f'<b style="left:{1 / full:.1%}"></b></div>'
    )
    return markup.tile(label, f"{markup.share(ratio)} {word}{bar}", note)


def _gap(visit: Visit, load: CurrentLoad) -> str:
    if load.gap_kw is None:
        value = markup.NONE
    elif load.gap_kw <= 0:
        value = f"{escape(visit.t('gap.none'))}"
    else:
        value = power(load, load.gap_kw)
    if load.gap_level:
        value += " " + markup.pill(visit.t(f"level.{load.gap_level}"), load.gap_level)
    ratio = "" if load.gap_ratio is None or (load.gap_kw or 0) <= 0 else f" {markup.share(load.gap_ratio)}"
    own = f"{escape(visit.t('gap.reference'))}{ratio}"
    if load.official_level:
        level = markup.pill(_level(visit, load.official_level), _tone(load.official_level))
        official = f"{escape(visit.t('gap.official'))} {level} {escape(load.official_document)}"
    else:
        official = f"{escape(visit.t('gap.official'))} {escape(visit.t('gap.official.none'))}"
    return markup.tile(visit.t("gap"), value, f"{own}<br>{official}")


TONES = {"blue": "蓝", "yellow": "黄", "orange": "橙", "red": "红"}


def _level(visit: Visit, level: str) -> str:
    return visit.t(f"level.{level}") if level in TONES else level


def _tone(level: str) -> str:
    """The colour a declared level names, in either language; none when it names none."""
    return next((tone for tone, sign in TONES.items() if sign in level or tone in level.casefold()), "")


def _record(visit: Visit, load: CurrentLoad) -> str:
    shown = best_kw(load)
    value = power(load, load.record_kw) if load.record_kw is not None else escape(visit.t("record.none"))
    notes = []
    if load.record_kw is not None and shown is not None:
        notes.append(f"{escape(visit.t('record.share'))} {markup.share(shown / load.record_kw)}")
    if load.record_source:
        notes.append(escape(load.record_source))
    if load.last_year_maximum_kw is not None:
        notes.append(f"{escape(visit.t('last_year'))} {power(load, load.last_year_maximum_kw)}")
    return markup.tile(visit.t("record"), value, "<br>".join(notes))


def _maximum(visit: Visit, load: CurrentLoad) -> str:
    figure = load.today_maximum_kw
    if figure.value is None:
        return markup.tile(visit.t("maximum"), markup.NONE, escape(why(visit, figure)))
    return markup.tile(
        visit.t("maximum"), power(load, figure.value), f"{escape(visit.t('at'))} {visit.time(load.today_maximum_at)}"
    )
