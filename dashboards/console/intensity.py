"""能耗强度: figures in both bases, progress with its level, ranks within sectors, and the files they come from."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape

from nicegui import ui

from config.energy_targets import Indicator, ProgressLevel
from dashboards.console import intensity_import, intensity_products, markup
from dashboards.console.frame import loading, title
from dashboards.console.visit import Visit
from domain.energy import Basis
from domain.months import parse_month
from domain.series import Figure
from response.intensity import scope_changes
from response.intensity.benchmarks import Ranked, Ranking
from response.intensity.desk import Grouping, IntensityAnswer
from response.intensity.figures import GroupFigures
from response.intensity.progress import TargetProgress, Track

#: By number of the level: 1 is the worst of three.
TONES = {1: "critical", 2: "orange", 3: "ok"}
MOST_RANKED = 200


class _Page:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        last = visit.today().replace(day=1) - timedelta(days=1)
        groupings = {str(each): visit.t(f"intensity_by.{each}") for each in Grouping}
        with ui.element("div").classes("card"):
            with ui.element("div").classes("tools"):
                self._first = ui.input(visit.t("from"), value=f"{last.year}-01")
                self._last = ui.input(visit.t("to"), value=f"{last:%Y-%m}")
                for field in (self._first, self._last):
                    field.props("outlined dense type=month stack-label")
                self._by = ui.select(groupings, value=str(Grouping.DISTRICT), label=visit.t("intensity.by"))
                self._by.props("outlined dense data-name=by")
                ask = ui.button(visit.t("analyses.ask")).props("no-caps data-name=ask").classes("act")
            self._figures = ui.html("", sanitize=False)
        with ui.element("div").classes("card"):
            ui.html(f"<h2>{escape(visit.t('intensity.progress'))}</h2>", sanitize=False)
            self._progress = ui.html("", sanitize=False)
        with ui.element("div").classes("card"):
            ui.html(f"<h2>{escape(visit.t('intensity.ranks'))}</h2>", sanitize=False)
            self._ranks = ui.html("", sanitize=False)
        ask.on_click(self.show)
        ui.timer(0.1, self.show, once=True)

    def _months(self) -> tuple[date, date]:
        return parse_month(str(self._first.value)), parse_month(str(self._last.value))

    def _scope_year(self, last: date) -> int | None:
        return last.year if self._visit.services.ledger.energy.scope(last.year) else None

    async def show(self) -> None:
        visit, desk = self._visit, self._visit.services.intensity
        by = Grouping(str(self._by.value))
        for box in (self._figures, self._progress, self._ranks):
            box.set_content(loading(visit))

        def figures() -> IntensityAnswer:
            first, last = self._months()
            return desk.figures(visit.principal, first, last, by=by, scope_year=self._scope_year(last))

        def progress() -> tuple[TargetProgress, ...]:
            return tuple(desk.progress(visit.principal, self._months()[1], indicator=each) for each in Indicator)

        def ranks() -> Ranking:
            first, last = self._months()
            return desk.rank(visit.principal, first, last, scope_year=self._scope_year(last))

        found = await visit.ask(figures)
        self._figures.set_content("" if found is None else figures_table(visit, found))
        told = await visit.ask(progress)
        self._progress.set_content("" if told is None else progress_table(visit, told))
        ranked = await visit.ask(ranks)
        self._ranks.set_content("" if ranked is None else ranks_table(visit, ranked))


def build(visit: Visit) -> None:
    title(visit.t("page.intensity"), visit.t("intensity.note"))
    page = _Page(visit)
    intensity_products.draw(visit)
    if visit.principal.may_write():
        intensity_import.draw(visit, page.show)


def figures_table(visit: Visit, found: IntensityAnswer) -> str:
    columns = (
        markup.Column(visit.t("intensity.subject")),
        markup.Column(visit.t("intensity.stated"), right=True, wide=True),
        markup.Column(visit.t("intensity.energy.equivalent"), right=True),
        markup.Column(visit.t("intensity.energy.calorific"), right=True, wide=True),
        markup.Column(visit.t("intensity.electricity"), right=True, wide=True),
        markup.Column(visit.t("intensity.value"), right=True, wide=True),
        markup.Column(visit.t("intensity.rate.equivalent"), right=True),
        markup.Column(visit.t("intensity.rate.calorific"), right=True, wide=True),
        markup.Column(visit.t("intensity.per_kwh"), right=True, wide=True),
        markup.Column(visit.t("intensity.change"), right=True),
    )
    view = visit.services.ledger.registry.registry().view(found.last)
    names: dict[str, str] = {each: f"{each} {known.name}" for each, known in view.enterprises.items()}
    names["district"] = visit.services.settings.district.name
    scope = visit.t("intensity.scope", year=found.scope_year) if found.scope_year else visit.t("intensity.everyone")
    rows = [_figures_row(visit, group, names.get(group.subject, group.subject)) for group in found.groups]
    moved = visit.half(scope_changes.told(found.changes, names))
    told = f"<p data-name='scope-changes'>{escape(visit.t('intensity.changes'))}: {escape(moved)}</p>" if moved else ""
    if found.metered:
        metered = escape(visit.half(found.metered))
        told += f"<p class='soft' data-name='metered'>{escape(visit.t('intensity.metered'))}: {metered}</p>"
    return f"<p class='soft'>{escape(scope)}</p>" + markup.table(columns, rows, name="figures", stacked=True) + told


def _figures_row(visit: Visit, group: GroupFigures, name: str) -> tuple[str, ...]:
    energy, rate = group.energy_tce, group.intensity
    mwh = group.electricity_kwh.value
    reason = energy[Basis.EQUIVALENT].reason or rate[Basis.EQUIVALENT].reason or group.change[Basis.EQUIVALENT].reason
    why = f'<br><span class="soft small">{escape(visit.half(reason))}</span>' if reason else ""
    return (
        escape(name) + why,
        f'<span class="num">{group.members_known}/{group.members}</span>',
        markup.number(energy[Basis.EQUIVALENT].value, "tce", 2),
        markup.number(energy[Basis.CALORIFIC].value, "tce", 2),
        markup.number(None if mwh is None else mwh / 1000, "MWh", 1),
        markup.number(group.value_added_10k_cny.value, "", 1),
        markup.number(rate[Basis.EQUIVALENT].value, "", 4),
        markup.number(rate[Basis.CALORIFIC].value, "", 4),
        markup.number(group.electricity_intensity_kwh.value, "", 1),
        _signed(group.change[Basis.EQUIVALENT]),
    )


def _signed(figure: Figure) -> str:
    return markup.NONE if figure.value is None else f'<span class="num">{figure.value:+.1%}</span>'


def level_pill(visit: Visit, level: ProgressLevel | None) -> str:
    if level is None:
        return markup.pill(visit.t("insufficient"))
    return markup.pill(visit.pick(level.label_zh, level.label_en), TONES[level.number])


def progress_table(visit: Visit, found: tuple[TargetProgress, ...]) -> str:
    columns = (
        markup.Column(visit.t("intensity.indicator")),
        markup.Column(visit.t("intensity.to_date"), right=True),
        markup.Column(visit.t("intensity.task"), right=True),
        markup.Column(visit.t("intensity.task_share"), right=True),
        markup.Column(visit.t("intensity.achieved"), right=True, wide=True),
        markup.Column(visit.t("intensity.scheduled"), right=True, wide=True),
        markup.Column(visit.t("intensity.level")),
    )
    rows = []
    for each in found:
        for account, track in (("assessed", each.assessed), ("full", each.full)):
            rows.append(_progress_row(visit, each, visit.t(f"intensity_account.{account}"), track))
    reasons = dict.fromkeys(visit.half(each.no_target) for each in found if each.no_target)
    how = [visit.t("intensity.no_target_how")] if reasons else []
    told = "".join(f"<p class='soft'>{escape(text)}</p>" for text in (*reasons, *how))
    return markup.table(columns, rows, name="progress", stacked=True) + told


def _progress_row(visit: Visit, each: TargetProgress, account: str, track: Track) -> tuple[str, ...]:
    indicator = escape(visit.t(f"intensity_indicator.{each.indicator}"))
    return (
        f'{indicator}<br><span class="soft small">{escape(account)}</span>',
        _signed(track.years[-1][1]),
        markup.share(None if each.yearly is None else -each.yearly),
        markup.share(track.task_share.value, 0),
        markup.share(None if track.achieved.value is None else -track.achieved.value),
        markup.share(None if each.scheduled is None else -each.scheduled),
        level_pill(visit, track.level),
    )


def ranks_table(visit: Visit, found: Ranking) -> str:
    if not any(row.place for row in found.rows):
        return markup.state(visit.t("insufficient"), visit.half(found.rows[0].figure.reason) if found.rows else "")
    columns = (
        markup.Column(visit.t("intensity.sector")),
        markup.Column(visit.t("intensity.place"), right=True),
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("intensity.rate.equivalent"), right=True),
        markup.Column(visit.t("intensity.median"), right=True, wide=True),
        markup.Column(visit.t("intensity.remark"), wide=True),
    )
    return markup.table(columns, [_rank_row(visit, row) for row in found.rows[:MOST_RANKED]], name="ranks")


def _rank_row(visit: Visit, row: Ranked) -> tuple[str, ...]:
    marks = [markup.pill(visit.t("intensity.outlier"), "warning")] if row.outlier else []
    marks += [markup.pill(each.label, "critical") for each in row.standards if each.exceeded]
    marks += [markup.pill(row.restricted, "orange")] if row.restricted else []
    if row.figure.value is None:
        marks.append(f'<span class="soft">{escape(visit.half(row.figure.reason))}</span>')
    place = "—" if row.place is None else f"{row.place}/{row.of}"
    return (
        escape(row.sector),
        f'<span class="num">{place}</span>',
        escape(row.name),
        markup.number(row.figure.value, "", 4),
        markup.number(row.median, "", 4),
        " ".join(marks),
    )
