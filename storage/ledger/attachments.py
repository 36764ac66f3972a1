"""Papers and photographs in the ledger, so that a copy of it holds them too."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from domain.attachments import Attached, Attachment, Subject
from domain.clock import Clock
from domain.errors import NotFound, Unavailable
from storage.ledger.attachment_tables import attachment
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database

_KNOWN = tuple(column for column in attachment.c if column.name != "content")


class SqlAttachments:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def put(self, actor: str, subject: Subject, name: str, media_type: str, content: bytes) -> Attachment:
        digest = hashlib.sha256(content).hexdigest()
        row = {
            "kind": subject.kind.value,
            "key": subject.key,
            "name": name,
            "media_type": media_type,
            "digest": digest,
            "size_bytes": len(content),
            "actor": actor,
            "at": self._clock.now(),
            "withdrawn_by": "",
        }
        with self._database.writing() as connection:
            told = {"name": name, "digest": digest, "size_bytes": len(content)}
            write_traces(connection, self._clock, actor, [Trace("attachment.add", str(subject), after=told)])
            made = connection.execute(sa.insert(attachment), row | {"content": content})
            (ident,) = made.inserted_primary_key or (0,)
            return _of({**row, "id": ident})

    def of(self, subject: Subject) -> Sequence[Attachment]:
        query = sa.select(*_KNOWN).where(attachment.c.kind == subject.kind.value, attachment.c.key == subject.key)
        with self._database.reading() as connection:
            return [_of(row) for row in connection.execute(query.order_by(attachment.c.id)).mappings()]

    def get(self, ident: int) -> Attachment | None:
        query = sa.select(*_KNOWN).where(attachment.c.id == ident)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _of(row)

    def content(self, ident: int) -> bytes:
        query = sa.select(attachment.c.content, attachment.c.digest).where(attachment.c.id == ident)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"没有附件 {ident} / there is no attachment {ident}")
        content = bytes(row.content)
        if hashlib.sha256(content).hexdigest() != row.digest:
            raise Unavailable(f"附件 {ident} 与登记的校验值不符 / attachment {ident} is not what was handed in")
        return content

    def withdraw(self, actor: str, ident: int) -> Attachment:
        known = self.get(ident)
        if known is None:
            raise NotFound(f"没有附件 {ident} / there is no attachment {ident}")
        if known.withdrawn_by:
            return known
        with self._database.writing() as connection:
            trace = Trace(
                "attachment.withdraw", str(known.subject), before={"name": known.name, "digest": known.digest}
            )
            write_traces(connection, self._clock, actor, [trace])
            change = sa.update(attachment).where(attachment.c.id == ident).values(withdrawn_by=actor)
            connection.execute(change)
        found = self.get(ident)
        assert found is not None
        return found


def _of(row: RowMapping | dict[str, object]) -> Attachment:
    return Attachment(
        id=int(str(row["id"])),
        subject=Subject(Attached(str(row["kind"])), str(row["key"])),
        name=str(row["name"]),
        media_type=str(row["media_type"]),
        digest=str(row["digest"]),
        size_bytes=int(str(row["size_bytes"])),
        actor=str(row["actor"]),
        at=row["at"],  # type: ignore[arg-type]
        withdrawn_by=str(row["withdrawn_by"]),
    )
