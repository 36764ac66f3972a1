"""Papers and photographs beside a record: which record, what is there, and a way to hand in more, from a phone too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from html import escape

from nicegui import events, ui

from dashboards.console.list_box import ListBox
from dashboards.console.visit import Visit
from domain.attachments import MOST_BYTES, Attached, Attachment, Subject


class AttachmentsCard:
    """records : what files may be kept beside, id to how it is called; asked for again by ``again``"""

    def __init__(self, visit: Visit, kind: Attached, records: Callable[[], Mapping[str, str]]) -> None:
        self._visit, self._kind, self._records = visit, kind, records
        ui.html(f"<h2>{escape(visit.t('attachments.title'))}</h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            self._of = ui.select({}, label=visit.t("attachments.of")).style("min-width: min(320px, 80vw)")
            self._of.props("outlined dense data-name=attachments-of")
            if visit.principal.may_write():
                upload = ui.upload(
                    label=visit.t("attachments.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=self._take
                )
                # On a phone the camera is offered beside the files.
                upload.props('accept="application/pdf,image/*" flat data-name=attach')
                upload.on("rejected", lambda: visit.tell(visit.t("attachments.rejected")))
        self._list = ListBox(visit, self._found, self._one, empty=visit.t("attachments.none"), name="attachments")
        self._of.on_value_change(self._list.fill)

    async def again(self) -> None:
        found = await self._visit.ask(self._records)
        if found is not None:
            self._of.set_options(dict(found), value=chosen(self._of.options, found, self._of.value))

    def _subject(self) -> Subject | None:
        return Subject(self._kind, str(self._of.value)) if self._of.value else None

    def _found(self) -> Sequence[Attachment]:
        subject = self._subject()
        return [] if subject is None else self._visit.services.orderly.attachments.of(self._visit.principal, subject)

    async def _take(self, event: events.UploadEventArguments) -> None:
        visit, subject = self._visit, self._subject()
        if subject is None:
            visit.tell(visit.t("attachments.choose"))
            return
        name, content = event.file.name, await event.file.read()
        desk = visit.services.orderly.attachments
        await self._done(lambda: desk.add(visit.principal, subject, name, content), "attachments.kept")

    def _one(self, found: Attachment) -> None:
        visit = self._visit
        with ui.element("div").classes("account").props(f"data-attachment={found.id}"):
            size = f"{found.size_bytes / 1000:,.0f} kB"
            ui.html(
                f'<div><span class="strong">{escape(found.name)}</span> <span class="num">{size}</span>'
                f'<div class="small soft">{escape(found.actor)} · {visit.moment(found.at)} · SHA-256 '
                f"{found.digest[:12]}…</div></div>",
                sanitize=False,
            )
            with ui.element("div").classes("acts"):
                ui.button(visit.t("attachments.save"), on_click=self._save(found)).props("flat no-caps").classes("act")
                if visit.principal.may_write():
                    back = ui.button(visit.t("attachments.withdraw"), on_click=self._withdraw(found))
                    back.props("flat no-caps data-name=withdraw-attachment").classes("act")

    def _save(self, found: Attachment) -> Callable[[], Awaitable[None]]:
        desk, who = self._visit.services.orderly.attachments, self._visit.principal

        async def save() -> None:
            read = await self._visit.ask(lambda: desk.read(who, found.id))
            if read is not None:
                ui.download.content(read[1], found.name)

        return save

    def _withdraw(self, found: Attachment) -> Callable[[], Awaitable[None]]:
        desk, who = self._visit.services.orderly.attachments, self._visit.principal

        async def withdraw() -> None:
            await self._done(lambda: desk.withdraw(who, found.id), "attachments.withdrawn")

        return withdraw

    async def _done(self, change: Callable[[], Attachment], told: str) -> None:
        if await self._visit.ask(change) is not None:
            self._visit.tell(self._visit.t(told))
            await self._list.fill()


def chosen(known: Collection[str], found: Mapping[str, str], value: str | None) -> str | None:
    """The record that files go to: one that has just come, for it is what they are of; else that of before; else the
    newest."""
    come = [each for each in found if each not in known]
    return value if value in found and not come else next(iter(come or found), None)
