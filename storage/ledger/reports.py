"""Reports in the ledger: versions, sign-offs, frozen files, sendings. Rows are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.clock import Clock
from domain.errors import Conflict, NotFound
from domain.report_versions import Form, ReportVersion, Sending, SignOff, Source
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.pages import LARGEST_PAGE, page_of, parse_serial
from storage.ledger.report_tables import report_file, report_sending, report_sign_off, report_version
from storage.page import Page

_VERSION = ("id", "kind", "subject", "period", "number", "title", "digest", "made_at", "made_by", "drill", "corrects")
_SENDING = ("id", "version", "recipient", "channel", "anonymised", "watermark", "digest", "actor", "at", "note")


class SqlReports:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, version: ReportVersion, content: bytes) -> ReportVersion:
        table = report_version
        with self._database.writing() as connection:
            last = connection.execute(sa.select(sa.func.max(table.c.number)).where(*_same(table, version))).scalar_one()
            kept = replace(version, number=(last or 0) + 1)
            row = {name: getattr(kept, name) for name in _VERSION}
            row |= {"sources": [asdict(source) for source in kept.sources], "content": content}
            connection.execute(sa.insert(table).values(row))
            told = {"report": ":".join(kept.report), "number": kept.number, "digest": kept.digest}
            write_traces(connection, self._clock, kept.made_by, [Trace("report.draft", _subject(kept.id), None, told)])
        return kept

    def version(self, version_id: str) -> ReportVersion | None:
        with self._database.reading() as connection:
            query = sa.select(report_version).where(report_version.c.id == version_id)
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else _with_sign_offs(connection, [row])[0]

    def content(self, version_id: str) -> bytes:
        with self._database.reading() as connection:
            for column, key in (
                (report_sign_off.c.content, report_sign_off.c.version),
                (report_version.c.content, report_version.c.id),
            ):
                found = connection.execute(sa.select(column).where(key == version_id)).scalar_one_or_none()
                if found is not None:
                    return bytes(found)
        raise _unknown(version_id)

    def versions(
        self,
        *,
        kind: str | None = None,
        subject: str | None = None,
        period: str | None = None,
        signed: bool | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[ReportVersion]:
        table = report_version
        given = ((table.c.kind, kind), (table.c.subject, subject), (table.c.period, period))
        wanted = [column == value for column, value in given if value is not None]
        if signed is not None:
            has = sa.exists().where(report_sign_off.c.version == table.c.id)
            wanted.append(has if signed else ~has)
        page = page_of(
            self._database,
            table,
            wanted=sa.and_(sa.true(), *wanted),
            after=sa.true() if cursor is None else table.c.serial < parse_serial(cursor),
            order=(table.c.serial.desc(),),
            limit=limit,
            make=lambda row: row,
            cursor_of=lambda row: str(row["serial"]),
        )
        with self._database.reading() as connection:
            return Page(tuple(_with_sign_offs(connection, page.items)), page.next_cursor, page.total)

    def signed(self, kind: str, subject: str, period: str) -> ReportVersion | None:
        table = report_sign_off
        wanted = (table.c.kind == kind, table.c.subject == subject, table.c.period == period)
        query = sa.select(table.c.version).where(*wanted).order_by(table.c.edition.desc()).limit(1)
        with self._database.reading() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else self.version(found)

    def sign(self, version_id: str, sign_off: SignOff, content: bytes, files: Mapping[Form, bytes]) -> ReportVersion:
        version = self.version(version_id)
        if version is None:
            raise _unknown(version_id)
        if version.signed is not None:
            raise Conflict(f"{version_id} 已由 {version.signed.actor} 签发 / is signed already")
        with self._database.writing() as connection:
            kind, subject, period = version.report
            row = {"version": version_id, "kind": kind, "subject": subject, "period": period}
            row |= {name: getattr(sign_off, name) for name in ("edition", "digest", "actor", "at", "note")}
            connection.execute(sa.insert(report_sign_off).values(row | {"content": content}))
            connection.execute(
                sa.insert(report_file),
                [
                    {"version": version_id, "form": str(form), "digest": sign_off.files[form], "data": data}
                    for form, data in files.items()
                ],
            )
            told = {"edition": sign_off.edition, "digest": sign_off.digest, "note": sign_off.note}
            told["drafted_by"] = version.made_by
            write_traces(
                connection, self._clock, sign_off.actor, [Trace("report.sign", _subject(version_id), None, told)]
            )
        return replace(version, signed=sign_off)

    def file(self, version_id: str, form: Form) -> bytes:
        query = sa.select(report_file.c.data).where(
            report_file.c.version == version_id, report_file.c.form == str(form)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).scalar_one_or_none()
        if found is None:
            raise NotFound(f"{version_id} 没有签发的 {form} 文件 / no frozen {form} of {version_id}; it is not signed")
        return bytes(found)

    def record_sending(self, sending: Sending) -> Sending:
        row = {name: getattr(sending, name) for name in _SENDING if name != "id"} | {"form": str(sending.form)}
        with self._database.writing() as connection:
            made = connection.execute(sa.insert(report_sending).values(row)).inserted_primary_key
            told = {"recipient": sending.recipient, "channel": sending.channel, "digest": sending.digest}
            trace = Trace("report.send", _subject(sending.version), None, told)
            write_traces(connection, self._clock, sending.actor, [trace])
        return replace(sending, id=made[0] if made else 0)

    def sending(self, sending_id: int) -> Sending | None:
        query = sa.select(report_sending).where(report_sending.c.id == sending_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _sending(row)

    def sendings(
        self, *, version: str | None = None, digest: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Sending]:
        table = report_sending
        given = ((table.c.version, version), (table.c.digest, digest))
        return page_of(
            self._database,
            table,
            wanted=sa.and_(sa.true(), *(column == value for column, value in given if value is not None)),
            after=sa.true() if cursor is None else table.c.id < parse_serial(cursor),
            order=(table.c.id.desc(),),
            limit=limit,
            make=_sending,
            cursor_of=lambda sending: str(sending.id),
        )


def _sending(row: RowMapping) -> Sending:
    return Sending(form=Form(row["form"]), **{name: row[name] for name in _SENDING})


def _same(table: sa.Table, version: ReportVersion) -> tuple[sa.ColumnElement[bool], ...]:
    kind, subject, period = version.report
    return table.c.kind == kind, table.c.subject == subject, table.c.period == period


def _with_sign_offs(connection: Connection, rows: Sequence[RowMapping]) -> list[ReportVersion]:
    ids = [row["id"] for row in rows][:LARGEST_PAGE]
    signed = {
        row["version"]: row
        for row in connection.execute(sa.select(report_sign_off).where(report_sign_off.c.version.in_(ids))).mappings()
    }
    files: dict[str, dict[Form, str]] = {}
    query = sa.select(report_file.c.version, report_file.c.form, report_file.c.digest)
    for version, form, digest in connection.execute(query.where(report_file.c.version.in_(list(signed)))):
        files.setdefault(version, {})[Form(form)] = digest
    return [_version(row, signed.get(row["id"]), files.get(row["id"], {})) for row in rows]


def _version(row: RowMapping, signed: RowMapping | None, files: dict[Form, str]) -> ReportVersion:
    sign_off = None
    if signed is not None:
        plain = {name: signed[name] for name in ("actor", "at", "edition", "digest", "note")}
        sign_off = SignOff(files=files, **plain)
    sources = tuple(Source(**source) for source in row["sources"])
    return ReportVersion(sources=sources, signed=sign_off, **{name: row[name] for name in _VERSION})


def _subject(version_id: str) -> str:
    return f"report:{version_id}"


def _unknown(version_id: str) -> NotFound:
    return NotFound(f"没有报告 {version_id} / there is no report {version_id}")
