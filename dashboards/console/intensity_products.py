"""Products against 标杆水平 and 基准水平, on the page of intensity: a file is judged and not kept."""

from __future__ import annotations

from html import escape

from nicegui import events, ui

from config.energy_benchmarks import ProductQuota
from dashboards.console import markup
from dashboards.console.registry import MOST_BYTES, cell_errors
from dashboards.console.visit import Visit
from response.intensity.products import ProductJudged, ProductLevel, ProductsAnswer
from storage.sheet_files import SheetFile

TONES = {ProductLevel.ADVANCED: "ok", ProductLevel.WITHIN: "", ProductLevel.EXCEEDED: "critical"}


def draw(visit: Visit) -> None:
    desk = visit.services.intensity.products
    with ui.element("div").classes("card"):
        ui.html(f"<h2>{escape(visit.t('intensity.products'))}</h2>", sanitize=False)
        ui.html(f"<p class='soft'>{escape(visit.t('intensity.products_note'))}</p>", sanitize=False)

        async def take(event: events.UploadEventArguments) -> None:
            file = SheetFile(event.file.name, await event.file.read())
            answer = await visit.ask(lambda: desk.judge(visit.principal, file))
            if answer is not None:
                box.set_content(judged(visit, answer))

        upload = ui.upload(label=visit.t("import.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=take)
        upload.props('accept=".xlsx,.xls,.csv" flat data-name=products')
        box = ui.html("", sanitize=False)
        with ui.expansion(visit.t("intensity.levels")):
            ui.html(levels_table(visit, desk.levels(visit.principal)), sanitize=False)


def judged(visit: Visit, answer: ProductsAnswer) -> str:
    if answer.errors:
        return markup.state(visit.t("import.bad", n=len(answer.errors))) + cell_errors(visit, answer.errors)
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("intensity.product")),
        markup.Column(visit.t("intensity.per_unit"), right=True),
        markup.Column(visit.t("intensity.advanced"), right=True, wide=True),
        markup.Column(visit.t("intensity.limit"), right=True, wide=True),
        markup.Column(visit.t("intensity.verdict")),
    )
    told = markup.table(columns, [_row(each) for each in answer.products], name="products")
    return told + (cell_errors(visit, answer.flags) if answer.flags else "")


def _row(each: ProductJudged) -> tuple[str, ...]:
    period = f"{each.first:%Y-%m}" if each.first == each.last else f"{each.first:%Y-%m}…{each.last:%m}"
    pill = markup.pill(each.verdict_zh, TONES[each.level]) if each.level is not None else escape(each.verdict_zh)
    return (
        f'{escape(each.enterprise)}<br><span class="soft small">{period}</span>',
        escape(each.product),
        markup.number(each.kgce_per_unit.value, "", 2),
        markup.number(each.advanced_kgce, "", 1),
        markup.number(each.limit_kgce, "", 1),
        pill,
    )


def levels_table(visit: Visit, levels: tuple[ProductQuota, ...]) -> str:
    columns = (
        markup.Column(visit.t("intensity.product")),
        markup.Column(visit.t("intensity.advanced"), right=True),
        markup.Column(visit.t("intensity.limit"), right=True),
        markup.Column(visit.t("intensity.source"), wide=True),
    )
    rows = []
    for each in levels:
        mark = markup.pill(visit.t("intensity.unchecked"), "warning") if each.confidence == "L" else ""
        rows.append(
            (
                f'{escape(each.label_zh)} <span class="soft small">{escape(each.unit)}</span> {mark}',
                markup.number(each.advanced_kgce, "", 1),
                markup.number(each.limit_kgce, "", 1),
                escape(visit.half(each.source)),
            )
        )
    return markup.table(columns, rows, name="product-levels")
