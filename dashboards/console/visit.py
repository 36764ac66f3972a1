"""One page being looked at: by whom, in which language, and how numbers are written for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from nicegui import Client, run, ui
from starlette.requests import Request

from dashboards.console import words
from dashboards.console.gate import LOGIN, Session
from dashboards.console.services import ConsoleServices
from domain.errors import YingfengError
from domain.instants import local_date
from domain.people import Principal

if TYPE_CHECKING:
    from dashboards.console.board import Board
    from dashboards.console.mount import Console

LANGUAGE_COOKIE = "yingfeng_language"
T = TypeVar("T")


def language_of(request: Request) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, words.ZH)
    return chosen if chosen in words.LANGUAGES else words.ZH


class Visit:
    """Made for each page; lives as long as the page's client."""

    def __init__(self, request: Request, client: Client) -> None:
        console: Console = request.scope["console"]
        session: Session = request.scope["console_session"]
        self.services: ConsoleServices = console.services
        self.board: Board = console.board
        self.session = session
        self.principal: Principal = session.principal
        self.client = client
        self.language = language_of(request)
        self.path = request.url.path

    @property
    def zone(self) -> ZoneInfo:
        return self.services.settings.district.zone

    def today(self) -> date:
        return local_date(self.services.clock.now(), self.zone)

    def t(self, key: str, **values: object) -> str:
        return words.say(self.language, key, **values)

    def half(self, text: str) -> str:
        return words.half(self.language, text)

    def pick(self, zh: str, en: str) -> str:
        return zh if self.language == words.ZH else en

    def time(self, instant: datetime | None) -> str:
        return f"{instant.astimezone(self.zone):%H:%M}" if instant is not None else "—"

    def moment(self, instant: datetime | None) -> str:
        return f"{instant.astimezone(self.zone):%m-%d %H:%M}" if instant is not None else "—"

    async def ask(self, question: Callable[[], T]) -> T | None:
        """The answer to a blocking question; None when it was refused, and the person has been told why.

        The session is looked at again first: a page left open must not write after its person was signed out.
        """

        def checked() -> T:
            if not self.welcome():
                raise SignedOut
            return question()

        try:
            return await run.io_bound(checked)
        except SignedOut:
            self.leave()
        except YingfengError as error:
            self.complain(error)
        return None

    def welcome(self) -> bool:
        """Whether the session still stands, and for the same person; blocks."""
        user = self.services.ledger.people.session_user(self.session.cookie)
        return user is not None and user.active and user.principal == self.principal

    def leave(self) -> None:
        with self.client:
            ui.navigate.to(LOGIN.removeprefix("/console"))

    def complain(self, error: YingfengError) -> None:
        with self.client:
            ui.notify(self.half(str(error)), type="negative", multi_line=True, timeout=10_000, close_button=True)

    def tell(self, text: str) -> None:
        with self.client:
            ui.notify(text, type="positive")


class SignedOut(Exception):
    """The session of a page ended while the page was open."""
