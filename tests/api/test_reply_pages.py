"""The pages behind one-tap links, as a phone's browser uses them: forms, no script, no session."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from api.reply_pages import create_reply_app
from config.policy import load_policy
from domain.dr import DrEvent, EventKind
from domain.dr_states import EventState, Move
from domain.errors import Unavailable
from domain.ids import EnterpriseId
from domain.instants import Span, from_ms, to_ms
from domain.notices import Answer, Notice, NoticeClass, Recipient, ReplyChannel, ReplyMark, ReplyRequest
from domain.people import Principal, Role
from tests.api.client import Client
from tests.api.conftest import District
from tests.api.fakes import NOW

OFFICER = Principal("otto", Role.OFFICER)
HOUR = timedelta(hours=1)


def invite(district: District, **changes: Any) -> tuple[str, str]:
    """(id, path of the link) of an invitation to E001."""
    asked = ReplyRequest("dr.invitation", to_ms(NOW + 2 * HOUR), 500.0, Span(NOW + 24 * HOUR, NOW + 26 * HOUR))
    call = Notice(
        "dr.invitation",
        NoticeClass.CALL,
        "削峰响应邀约",
        "明日高峰 <b>请支持</b>",
        Recipient(enterprise_id=EnterpriseId("E001")),
        "dr:d1",
        reply=asked,
        confirmed_by="otto",
    )
    call = replace(call, **changes)
    (sent,) = district.services.notices.send(OFFICER, [call])
    url = district.services.replies.links.of(replace(call, id=sent))
    return sent, "/r/" + url.rpartition("/r/")[2]


def fill(client: Client, path: str, **fields: str) -> httpx.Response:
    """Open the page, fill in the form on it and send it."""
    found = re.search(r'name="nonce" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return client.post(path, data={"nonce": found[1], **fields})


def answers(district: District) -> list[tuple[Answer, float | None, tuple[ReplyMark, ...]]]:
    return [(r.answer, r.power_kw, r.marks) for r in district.services.notices.replies(OFFICER, "dr:d1")]


def test_the_page_shows_what_is_asked_and_what_is_their_own(district: District) -> None:
    _, path = invite(district, drill=True)
    page = district.client().get(path)
    assert page.status_code == 200
    for said in ("演练", "削峰响应邀约", "企业E001", "otto", "500 kW", "本企业负荷", "kW", "可以响应", "无法响应"):
        assert said in page.text, said
    # What an officer wrote is text, not page.
    assert "<b>请支持" not in page.text
    assert "<script" not in page.text
    headers = page.headers
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_the_page_says_what_an_answer_may_earn_and_that_it_is_an_estimate(district: District) -> None:
    """Two hours at 3 yuan/kWh: 600 yuan for 100 kW, 3,000 for the 500 that are asked for; without a price nothing."""
    start_ms = to_ms(NOW + 24 * HOUR)
    terms = load_policy().programmes.by_id("zj_dayahead").terms(date(2026, 7, 1))
    for ident, price in (("paid", 3.0), ("unpaid", None)):
        event = DrEvent(
            *(ident, 0, EventKind.LOCAL, EventState.DRAFT, "日前削峰", replace(terms, price_yuan_per_kwh=price)),
            *(start_ms, start_ms + 7_200_000, 5000.0, start_ms - 3_600_000),
        )
        district.services.ledger.dr.save(event, Move.CHOOSE, "otto", at_ms=to_ms(NOW))
    _, path = invite(district, reference="dr:paid")
    page = district.client().get(path).text
    assert "预计补贴" in page
    assert "约 ¥600" in page
    assert "约 ¥3,000" in page
    assert "以核算结果为准" in page
    _, path = invite(district, reference="dr:unpaid")
    assert "预计补贴" not in district.client().get(path).text


def test_each_answer_in_one_tap(district: District) -> None:
    _, path = invite(district)
    phone = district.client()
    assert "已记录" in fill(phone, path, answer="received").text
    assert "320 kW" in fill(phone, path, answer="can", power_kw="320", start="14:00", end="15:30").text
    assert "设备检修" in fill(phone, path, answer="cannot", reason="设备检修").text
    assert [a for a, _, _ in answers(district)] == [Answer.RECEIVED, Answer.CAN, Answer.CANNOT]
    (_, can, _) = district.services.notices.replies(OFFICER, "dr:d1")
    assert (can.channel, can.actor, can.enterprise_id) == (ReplyChannel.LINK, "link:E001", "E001")
    assert can.start_ms is not None
    assert can.end_ms is not None
    day = (NOW + 24 * HOUR).astimezone(district.services.zone)
    start, end = (from_ms(at).astimezone(district.services.zone) for at in (can.start_ms, can.end_ms))
    assert (start.date(), f"{start:%H:%M}", f"{end:%H:%M}") == (day.date(), "14:00", "15:30")
    assert "最近答复" in phone.get(path).text


def test_the_same_form_sent_twice_counts_once(district: District) -> None:
    _, path = invite(district)
    phone = district.client()
    found = re.search(r'name="nonce" value="([^"]+)"', phone.get(path).text)
    assert found is not None
    form = {"nonce": found[1], "answer": "can", "power_kw": "300"}
    phone.post(path, data=form)
    again = phone.post(path, data={**form, "power_kw": "100"})
    assert "未重复计入" in again.text
    assert answers(district) == [(Answer.CAN, 300.0, ()), (Answer.CAN, 100.0, (ReplyMark.REPLAYED,))]
    counted = [r.power_kw for r in district.services.notices.replies(OFFICER, "dr:d1") if r.counts]
    assert counted == [300.0]


def test_late_and_above_possible_are_recorded_and_marked(district: District) -> None:
    _, path = invite(district)
    phone = district.client()
    assert "超过可响应上限" in fill(phone, path, answer="can", power_kw="900").text
    district.clock.advance(3 * 3600)
    assert "截止时间" in fill(phone, path, answer="can", power_kw="300").text
    assert answers(district) == [
        (Answer.CAN, 900.0, (ReplyMark.ABOVE_POSSIBLE,)),
        (Answer.CAN, 300.0, (ReplyMark.LATE,)),
    ]


def test_an_expired_link_changes_nothing_and_is_told(district: District) -> None:
    sent, path = invite(district)
    phone = district.client()
    found = re.search(r'name="nonce" value="([^"]+)"', phone.get(path).text)
    assert found is not None
    district.clock.advance(27 * 3600)
    page = phone.get(path)
    assert page.status_code == 410
    assert "链接已过期" in page.text
    assert phone.post(path, data={"nonce": found[1], "answer": "can", "power_kw": "300"}).status_code == 410
    assert answers(district) == []
    (entry,) = district.ledger.audit.entries(subject=f"notice:{sent}", actor="link").items
    assert entry.action == "notice.reply.expired"


@pytest.mark.parametrize("change", ["expiry", "notice", "signature", "end", "garbage", "empty"])
def test_an_altered_link_opens_nothing(district: District, change: str) -> None:
    _, path = invite(district)
    _, other = invite(district, recipient=Recipient(enterprise_id=EnterpriseId("E002")))
    expiry, notice, signature = path.removeprefix("/r/").split(".")
    altered = {
        "expiry": f"/r/zzzzzz.{notice}.{signature}",
        "notice": f"/r/{expiry}.{other.removeprefix('/r/').split('.')[1]}.{signature}",
        "signature": f"/r/{expiry}.{notice}.{'A' * len(signature)}",
        "end": path[:-1],
        "garbage": "/r/%F0%9F%98%80.x.y",
        "empty": "/r/a..b",
    }[change]
    phone = district.client()
    assert phone.get(altered).status_code == 404
    assert phone.post(altered, data={"answer": "received"}).status_code == 404
    assert answers(district) == []


def test_a_link_is_for_one_purpose(district: District) -> None:
    sent, _ = invite(district)
    links = district.services.replies.links
    forged = links.token(sent, "contact.check", 10**10)
    assert district.client().get(f"/r/{forged}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"answer": "can"}, "千瓦数"),
        ({"answer": "can", "power_kw": "many"}, "不是数字"),
        ({"answer": "can", "power_kw": "-5"}, "千瓦数"),
        ({"answer": "can", "power_kw": "5", "start": "9 o'clock", "end": "x"}, "时间格式"),
        ({"answer": "cannot"}, "原因"),
        ({"answer": "maybe"}, "选择"),
        ({"answer": "received", "nonce": "made-up.AAAA"}, "重新打开"),
    ],
)
def test_a_form_filled_in_wrongly_says_what_is_missing(district: District, fields: dict[str, str], said: str) -> None:
    _, path = invite(district)
    page = fill(district.client(), path, **fields)
    assert page.status_code == 422
    assert said in page.text
    assert "可以响应" in page.text
    assert answers(district) == []


def test_only_forms_are_read_and_only_small_ones(district: District, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    _, path = invite(district)
    phone = district.client()
    assert phone.post(path, json={"answer": "received"}).status_code == 415
    assert phone.post(path, data={"answer": "received", "reason": "x" * 30_000}).status_code == 413
    assert phone.request("DELETE", path).status_code == 405
    # The token is the right to answer: the log holds none.
    told = [record.getMessage() for record in caplog.records if record.name.startswith("api.")]
    assert [line.partition(":")[0] for line in told] == ["POST /r/...", "POST /r/...", "DELETE /r/..."]


def test_an_answer_needs_no_store(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> object:
        raise Unavailable("the store does not answer")

    _, path = invite(district)
    monkeypatch.setattr(district.questions, "current", away)
    assert "已记录" in fill(district.client(), path, answer="can", power_kw="300").text


def test_the_reply_role_has_these_pages_and_nothing_else(district: District) -> None:
    _, path = invite(district)
    phone = Client(create_reply_app(district.services))
    assert "已记录" in fill(phone, path, answer="received").text
    found = phone.get("/health")
    assert (found.status_code, found.text) == (200, "ok")
    closed = ("/health/ready", "/", "/console", "/api/v1/health/live", "/api/v1/enterprises", "/metrics", "/api/docs")
    for elsewhere in (*closed, "/r/"):
        assert phone.get(elsewhere).status_code == 404, elsewhere
    assert phone.request("DELETE", path).status_code == 405
