"""The yearly plan: versions, import by cell, checks, approval by name, export; and the instructions as registered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape

from nicegui import events, ui

from dashboards.console import instructions, markup
from dashboards.console.frame import loading, title
from dashboards.console.plan_compare import Comparison
from dashboards.console.registry import MOST_BYTES, cell_errors
from dashboards.console.rehearsals import RehearsalCard
from dashboards.console.visit import Visit
from domain.orderly import Plan, PlanState
from response.orderly.plan_checks import Finding, Weight
from response.orderly.plans import PlanRead
from storage.sheet_files import SheetFile

Again = Callable[[], Awaitable[None]]


def build(visit: Visit) -> None:
    title(visit.t("page.plans"), visit.t("plans.note"))
    instructions.build(visit)
    with ui.element("div").classes("card"):
        chosen = ui.select({}, label=visit.t("plans.plan")).props("outlined dense data-name=plan")
        chosen.style("max-width: 420px")
        box = ui.html(loading(visit), sanitize=False).props("data-name=plan-facts")
        tools = ui.element("div").classes("tools")
        checks = ui.html("", sanitize=False).props("data-name=plan-checks")

    async def fill() -> None:
        found = await visit.ask(lambda: visit.services.orderly.plans.plans(visit.principal)) or ()
        names = {plan.id: f"{plan.id} {plan.title}" for plan in found}
        chosen.set_options(names, value=chosen.value if chosen.value in names else next(iter(names), None))
        comparison.offer(names)
        rehearsal.offer(names)
        await show()

    async def show() -> None:
        ident = str(chosen.value or "")
        checks.set_content("")
        if not ident:
            box.set_content(markup.state(visit.t("plans.none"), visit.t("plans.none.how")))
            return
        plan = await visit.ask(lambda: visit.services.orderly.plans.get(visit.principal, ident))
        if plan is not None:
            letters = visit.services.orderly.plans.levels(plan.year).letters
            box.set_content(plan_markup(visit, plan, letters))
            approval.set_visibility(visit.principal.may_write() and plan.state is not PlanState.APPROVED)

    async def check() -> None:
        checks.set_content(loading(visit))
        found = await visit.ask(lambda: visit.services.orderly.plans.check(visit.principal, str(chosen.value or "")))
        checks.set_content("" if found is None else findings_markup(visit, found))

    chosen.on_value_change(show)
    with tools:
        ui.button(visit.t("plans.check"), on_click=check).props("outline no-caps data-name=check").classes("act")
        _export(visit, chosen)
        approval = ui.element("div").classes("tools")
    with approval:
        _approval(visit, chosen, fill)
    approval.set_visibility(False)
    with ui.element("div").classes("card"):
        comparison = Comparison(visit)
    if visit.principal.may_write():
        _import(visit, fill)
    with ui.element("div").classes("card"):
        rehearsal = RehearsalCard(visit)
    ui.timer(0.1, fill, once=True)


def _export(visit: Visit, chosen: ui.select) -> None:
    async def save() -> None:
        ident = str(chosen.value or "")
        content = await visit.ask(lambda: visit.services.orderly.plans.export(visit.principal, ident))
        if content is not None:
            ui.download.content(content, f"plan-{ident}.xlsx")

    ui.button(visit.t("export"), icon="download", on_click=save).props("flat no-caps").classes("act")


def _approval(visit: Visit, chosen: ui.select, again: Again) -> None:
    officer = ui.input(visit.t("plans.officer")).props("outlined dense data-name=plan-officer")
    document = ui.input(visit.t("plans.document")).props("outlined dense data-name=plan-document")

    async def approve() -> None:
        ident, name, paper = str(chosen.value or ""), str(officer.value or ""), str(document.value or "")
        desk = visit.services.orderly.plans
        done = await visit.ask(lambda: desk.approve(visit.principal, ident, officer=name, document=paper))
        if done is not None:
            visit.tell(visit.t("plans.approved", plan=done.id))
            await again()

    ui.button(visit.t("plans.approve"), on_click=approve).props("no-caps data-name=approve").classes("act")


def _import(visit: Visit, again: Again) -> None:
    with ui.element("div").classes("card"):
        ui.html(f"<h2>{escape(visit.t('plans.import'))}</h2>", sanitize=False)
        ui.html(f'<p class="soft">{escape(visit.t("plans.import.how"))}</p>', sanitize=False)
        with ui.element("div").classes("tools"):
            year = ui.input(visit.t("plans.year"), value=str(visit.today().year)).props("outlined dense type=number")
            trial = ui.checkbox(visit.t("import.trial"), value=False)
            drafting = ui.button(visit.t("plans.draft")).props("outline no-caps data-name=draft").classes("act")
            surveying = ui.button(visit.t("plans.survey")).props("outline no-caps data-name=survey").classes("act")
        box = ui.html("", sanitize=False).props("data-name=plan-import")

        async def take(event: events.UploadEventArguments) -> None:
            file = SheetFile(event.file.name, await event.file.read())
            wanted, dry = _year(year.value), bool(trial.value)
            desk = visit.services.orderly.plans
            read = await visit.ask(lambda: desk.take(visit.principal, file, year=wanted, dry_run=dry))
            box.set_content("" if read is None else import_markup(visit, read))
            if read is not None:
                await again()

        async def draft() -> None:
            wanted = _year(year.value)
            plan = await visit.ask(lambda: visit.services.orderly.plans.draft(visit.principal, wanted))
            if plan is not None:
                visit.tell(visit.t("plans.drafted", plan=plan.id, n=len(plan.rows)))
                await again()

        async def survey() -> None:
            wanted = _year(year.value)
            content = await visit.ask(lambda: visit.services.orderly.plans.survey(visit.principal, wanted))
            if content is not None:
                ui.download.content(content, f"survey-{wanted}.xlsx")

        drafting.on_click(draft)
        surveying.on_click(survey)
        upload = ui.upload(label=visit.t("import.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=take)
        upload.props('accept=".xlsx,.xlsm,.xls,.csv" flat')
        box.move(target_index=-1)


def _year(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdigit() and len(text) == 4 else 0


def plan_markup(visit: Visit, plan: Plan, letters: tuple[str, ...]) -> str:
    tone = "ok" if plan.state is PlanState.APPROVED else "warning"
    approved = f"{plan.approved_by} {plan.document}".strip()
    levels = "  ".join(f"{letter} {plan.total_kw(letters[: n + 1]) / 1000:,.1f}" for n, letter in enumerate(letters))
    told = [
        (visit.t("orders.state"), markup.pill(visit.t(f"plan_state.{plan.state}"), tone)),
        (visit.t("plans.approved_by"), escape(approved) or markup.NONE),
        (visit.t("orders.count"), markup.number(len(plan.rows))),
        (visit.t("plans.levels"), f'<span class="num">{escape(levels)}</span>'),
        (visit.t("figures.source"), escape(visit.half(plan.source))),
    ]
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("plans.account"), wide=True),
        markup.Column(visit.t("plans.maximum"), right=True, wide=True),
        markup.Column(visit.t("plans.security"), right=True),
        *(markup.Column(letter, right=True) for letter in letters),
    )
    rows = []
    for row in plan.rows:
        steps = {step.level: step.reduction_kw for step in row.steps}
        rows.append(
            (
                markup.link(f"/console/enterprise/{row.enterprise.id}", row.enterprise.name),
                f'<span class="num">{escape(row.account.id)}</span>',
                markup.number(row.enterprise.summer_max_kw),
                markup.number(row.enterprise.security_load_kw),
                *(markup.number(steps.get(letter)) for letter in letters),
            )
        )
    each = f"<summary>{escape(visit.t('plans.rows', n=len(rows)))}</summary>"
    table = markup.table(columns, rows, name="plan-rows")
    return f'{markup.facts(told)}<details class="long">{each}{table}</details>'


def findings_markup(visit: Visit, found: Sequence[Finding]) -> str:
    if not found:
        return markup.state(visit.t("plans.sound"))
    columns = (
        markup.Column(visit.t("plans.weight")),
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("why")),
    )
    tones = {Weight.ERROR: "critical", Weight.DOUBT: "warning"}
    rows = [
        (
            markup.pill(visit.t(f"plan_weight.{each.weight}"), tones[each.weight]),
            escape(f"{each.name} {each.account}".strip() or visit.t("plans.whole")),
            escape(visit.pick(each.text_zh, each.text_en)),
        )
        for each in found
    ]
    return markup.table(columns, rows, name="findings")


def import_markup(visit: Visit, read: PlanRead) -> str:
    given = read.read
    if given.errors:
        return markup.state(visit.t("import.bad", n=len(given.errors))) + cell_errors(visit, given.errors)
    head = visit.t("import.fine") if read.plan is None else visit.t("plans.kept", plan=read.plan.id)
    warnings = cell_errors(visit, given.warnings) if given.warnings else ""
    return markup.state(head) + warnings + findings_markup(visit, read.findings)
