"""A shift of the roster as a form, and fields of date and time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from nicegui import ui

from dashboards.console.visit import Visit
from domain.duty import Shift
from domain.errors import Invalid

Fill = Callable[[], Awaitable[None]]
LOCAL = "%Y-%m-%dT%H:%M"


def moment(visit: Visit, text: object) -> datetime:
    """What a field of date and time holds, on the local clock. Raises Invalid."""
    try:
        return datetime.strptime(str(text or ""), LOCAL).replace(tzinfo=visit.zone)
    except ValueError:
        raise Invalid(visit.t("duty.moment_wrong", text=str(text or ""))) from None


def time_field(label: str, value: datetime, name: str) -> ui.input:
    field = ui.input(label, value=value.strftime(LOCAL))
    return field.props(f"type=datetime-local outlined dense stack-label data-name={name}")


def shift_form(visit: Visit, fill: Fill) -> None:
    """One shift: added, or instead of whoever of the same rank stood in these hours."""
    now = visit.services.clock.now().astimezone(visit.zone).replace(minute=0, second=0, microsecond=0)
    users = sorted(user.name for user in visit.services.ledger.people.users() if user.active and not user.enterprise)
    with ui.expansion(visit.t("duty.add_shift"), icon="add").classes("more"), ui.element("div").classes("tools"):
        user = ui.select(users, label=visit.t("duty.user")).props("outlined dense data-name=shift-user")
        start = time_field(visit.t("from"), now, "shift-start")
        end = time_field(visit.t("to"), now + timedelta(hours=8), "shift-end")
        rank = ui.number(visit.t("duty.rank"), value=1, min=1, max=9, step=1).props("outlined dense")

        def put() -> Sequence[Shift]:
            if not user.value:
                raise Invalid(visit.t("duty.no_user"))
            given = Shift(str(user.value), moment(visit, start.value), moment(visit, end.value), int(rank.value or 1))
            return visit.services.duty.add_shift(visit.principal, given, visit.zone)

        async def save() -> None:
            if await visit.ask(put) is not None:
                visit.tell(visit.t("duty.kept"))
                await fill()

        ui.button(visit.t("save"), on_click=save).props("no-caps data-name=shift-save").classes("act")
