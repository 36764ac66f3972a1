from __future__ import annotations

import pytest

from domain.errors import Conflict, NotFound
from domain.report_versions import Form
from storage.ledger import SqlLedger
from tests.support.reports import keep, send, sign


def test_versions_are_numbered_by_report_and_listed_newest_first(ledger: SqlLedger) -> None:
    keep(ledger, "a")
    keep(ledger, "b")
    keep(ledger, "c", "card", "enterprise:E001")

    page = ledger.reports.versions(limit=2)
    assert [(each.id, each.number) for each in page.items] == [("c", 1), ("b", 2)]
    rest = ledger.reports.versions(cursor=page.next_cursor)
    assert [(each.id, each.number) for each in rest.items] == [("a", 1)]
    assert ledger.reports.versions(subject="enterprise:E001").total == 1


def test_a_sign_off_is_found_with_its_version_and_its_files(ledger: SqlLedger) -> None:
    keep(ledger, "a")
    keep(ledger, "b")
    signed = sign(ledger, "a")

    found = ledger.reports.signed("monthly", "district", "2026-06")
    assert found is not None
    assert (found.id, found.signed) == ("a", signed)
    assert [each.id for each in ledger.reports.versions(signed=True).items] == ["a"]
    assert [each.id for each in ledger.reports.versions(signed=False).items] == ["b"]
    assert ledger.reports.file("a", Form.DOCX).startswith(b"PK")
    with pytest.raises(NotFound, match="not signed"):
        ledger.reports.file("b", Form.DOCX)


def test_nothing_is_signed_twice_and_no_edition_comes_twice(ledger: SqlLedger) -> None:
    keep(ledger, "a")
    keep(ledger, "b")
    sign(ledger, "a")

    with pytest.raises(Conflict, match="signed already"):
        sign(ledger, "a")
    with pytest.raises(Conflict):
        sign(ledger, "b", edition=1)
    assert sign(ledger, "b", edition=2).edition == 2


def test_a_copy_is_traced_to_who_was_sent_it(ledger: SqlLedger) -> None:
    keep(ledger, "a")
    sign(ledger, "a")
    sending = send(ledger, "a")

    assert ledger.reports.sending(sending.id) == sending
    assert ledger.reports.sendings(digest=sending.digest).items == (sending,)
    assert ledger.reports.sendings(digest="none").items == ()
    actions = [entry.action for entry in ledger.audit.entries(subject="report:a").items]
    assert actions == ["report.send", "report.sign", "report.draft"]
