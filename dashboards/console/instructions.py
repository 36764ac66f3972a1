"""指令 of city and power company as registered, with their papers: number, level or power, what was lifted by which."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.attachments_card import AttachmentsCard
from dashboards.console.duty_forms import Fill
from dashboards.console.frame import loading
from dashboards.console.visit import Visit
from domain.attachments import Attached
from domain.errors import Invalid
from domain.orderly import Instruction, InstructionKind
from response.orderly.order_words import hours_words


def build(visit: Visit) -> None:
    with ui.element("div").classes("card"):
        ui.html(f"<h2>{escape(visit.t('plans.instructions'))}</h2>", sanitize=False)
        box = ui.html(loading(visit), sanitize=False).props("data-name=instructions")

        async def show() -> None:
            found = await visit.ask(lambda: visit.services.orderly.instructions.instructions(visit.principal))
            box.set_content(instructions_markup(visit, found or ()))
            await files.again()

        def records() -> dict[str, str]:
            found = visit.services.orderly.instructions.instructions(visit.principal)
            return {each.number: f"{each.number} {each.issuer}" for each in found}

        if visit.principal.may_write():
            _register(visit, show)
        files = AttachmentsCard(visit, Attached.INSTRUCTION, records)
        ui.timer(0.1, show, once=True)


def _register(visit: Visit, again: Fill) -> None:
    kinds = {kind: visit.t(f"instruction.{kind}") for kind in InstructionKind}
    with ui.element("div").classes("tools"):
        kind = ui.select(kinds, value=InstructionKind.START).props("outlined dense data-name=instruction-kind")
        number = ui.input(visit.t("orderly.instruction")).props("outlined dense data-name=instruction-number")
        issuer = ui.input(visit.t("plans.issuer")).props("outlined dense data-name=instruction-issuer")
        level = ui.input(visit.t("orderly.level")).props("outlined dense data-name=instruction-level")
        mw = ui.input("MW").props("outlined dense data-name=instruction-mw")
        lifts = ui.input(visit.t("plans.lifts")).props("outlined dense data-name=instruction-lifts")

        async def put() -> None:
            def keep() -> Instruction:
                given = Instruction(
                    number=str(number.value or "").strip(),
                    issuer=str(issuer.value or "").strip(),
                    kind=InstructionKind(kind.value),
                    received_at=visit.services.clock.now(),
                    actor="",
                    level=str(level.value or "").strip(),
                    reduction_kw=_megawatts(mw.value),
                    lifts=str(lifts.value or "").strip(),
                )
                return visit.services.orderly.instructions.register(visit.principal, given)

            if await visit.ask(keep) is not None:
                visit.tell(visit.t("plans.registered"))
                await again()

        ui.button(visit.t("plans.register"), on_click=put).props("no-caps data-name=register").classes("act")


def _megawatts(value: object) -> float | None:
    text = str(value or "").strip()
    try:
        return float(text) * 1000 if text else None
    except ValueError:
        raise Invalid(f"{text} 不是兆瓦数 / {text} is no number of MW") from None


def instructions_markup(visit: Visit, found: Sequence[Instruction]) -> str:
    if not found:
        return markup.state(visit.t("plans.no_instructions"))
    columns = (
        markup.Column(visit.t("orderly.instruction")),
        markup.Column(visit.t("orders.state")),
        markup.Column(visit.t("plans.issuer"), wide=True),
        markup.Column(visit.t("plans.received")),
        markup.Column(visit.t("orderly.level")),
        markup.Column("MW", right=True),
        markup.Column(visit.t("orderly.hours"), wide=True),
    )
    rows = [
        (
            escape(each.number),
            escape(visit.t(f"instruction.{each.kind}") + (f" {each.lifts}" if each.lifts else "")),
            escape(each.issuer),
            escape(f"{each.received_at.astimezone(visit.zone):%Y-%m-%d %H:%M}"),
            escape(each.level) or markup.NONE,
            markup.number(None if each.reduction_kw is None else each.reduction_kw / 1000, "", 2),
            escape(hours_words(each.windows, visit.zone)) or markup.NONE,
        )
        for each in found
    ]
    return markup.table(columns, rows, name="instructions")
