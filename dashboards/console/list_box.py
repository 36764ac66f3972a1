"""A list on a page: asked for, drawn one by one, and drawn again after each change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Generic, TypeVar

from nicegui import ui

from dashboards.console import markup
from dashboards.console.frame import loading
from dashboards.console.visit import Visit

T = TypeVar("T")


class ListBox(Generic[T]):
    """question : blocks, in a thread of its own; one : draws an item; empty : what is said when there is none

    most : items shown; how many more there are is said below them
    """

    def __init__(
        self,
        visit: Visit,
        question: Callable[[], Sequence[T]],
        one: Callable[[T], None],
        *,
        empty: str,
        name: str,
        most: int = 200,
    ) -> None:
        self._visit = visit
        self._question = question
        self._one = one
        self._empty = empty
        self._most = most
        self._box = ui.element("div").props(f"data-name={name}").style("width: 100%")
        with self._box:
            ui.html(loading(visit), sanitize=False)
        ui.timer(0.1, self.fill, once=True)

    async def fill(self) -> None:
        """What is shown stays when the answer is refused; the person has been told why."""
        found = await self._visit.ask(self._question)
        if found is None:
            return
        self._box.clear()
        with self._box:
            if not found:
                ui.html(markup.state(self._empty), sanitize=False)
            for each in found[: self._most]:
                self._one(each)
            if len(found) > self._most:
                more = self._visit.t("list.more", n=len(found) - self._most)
                ui.html(f"<p class='soft'>{escape(more)}</p>", sanitize=False)
