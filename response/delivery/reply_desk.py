"""What stands behind a one-tap page: whose it is, what they see of themselves, and their answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import Invalid, NotFound, YingfengError
from domain.event_days import ends_after
from domain.instants import to_ms
from domain.notices import Answer, Notice, Reply, ReplyChannel
from domain.people import Principal, Role
from domain.scopes import enterprise_scope
from monitor.answers import CurrentLoad
from monitor.questions import LoadQuestions
from response.delivery.desk import NoticeDesk
from response.delivery.links import LinkExpired, Links
from storage.ledger_ports import AuditLedger
from storage.notice_ports import KeptNotice, NoticeLedger


@dataclass(frozen=True, slots=True)
class SubsidyEstimate:
    """What an answer may earn; an estimate, never a sum that is due."""

    yuan_per_kwh: float
    hours: float

    def yuan(self, power_kw: float) -> float:
        return power_kw * self.hours * self.yuan_per_kwh


class SubsidyEstimates(Protocol):
    def of(self, notice: Notice) -> SubsidyEstimate | None:
        """None where no price is known."""
        ...


@dataclass(frozen=True, slots=True)
class ReplyView:
    """load : the enterprise's own, None for a user or where it cannot be told (``load_problem`` says why)

    nonce : of this showing of the form; answered : what was answered so far and counts
    """

    kept: KeptNotice
    now: datetime
    nonce: str
    name: str
    load: CurrentLoad | None
    load_problem: str
    estimate: SubsidyEstimate | None
    answered: tuple[Reply, ...]

    @property
    def notice(self) -> Notice:
        return self.kept.notice

    @property
    def is_late(self) -> bool:
        return self.notice.reply is not None and to_ms(self.now) > self.notice.reply.deadline_ms


@dataclass(frozen=True, slots=True)
class Said:
    """A form as it was filled in; times are HH:MM of the district."""

    answer: str
    power_kw: str = ""
    start: str = ""
    end: str = ""
    reason: str = ""
    nonce: str = ""


class ReplyDesk:
    """name_of : an enterprise's name as people know it"""

    def __init__(
        self,
        links: Links,
        desk: NoticeDesk,
        ledger: NoticeLedger,
        audit: AuditLedger,
        questions: LoadQuestions,
        estimates: SubsidyEstimates,
        clock: Clock,
        zone: ZoneInfo,
        name_of: Callable[[str], str],
    ) -> None:
        self.links = links
        self._desk = desk
        self._ledger = ledger
        self._audit = audit
        self._questions = questions
        self._estimates = estimates
        self._clock = clock
        self._zone = zone
        self._name_of = name_of

    def view(self, token: str) -> ReplyView:
        """NotFound for an altered link, LinkExpired for one that is over."""
        kept = self._kept(token)
        notice = kept.notice
        load, problem = self._load(notice)
        answered = [r for r in self._ledger.replies(notice_id=notice.id) if r.counts]
        recipient = notice.recipient
        return ReplyView(
            kept=kept,
            now=self._clock.now(),
            nonce=self.links.form_nonce(token, secrets.token_urlsafe(9)),
            name=self._name_of(recipient.enterprise_id) if recipient.enterprise_id else str(recipient.user),
            load=load,
            load_problem=problem,
            estimate=self._estimates.of(notice),
            answered=tuple(answered),
        )

    def answer(self, token: str, said: Said) -> Reply:
        """Recorded whatever it says; an answer sent over an expired link stands in the audit log only.

        Raises NotFound, LinkExpired, and Invalid with a sentence for the person who filled in the form.
        """
        try:
            notice = self._kept(token).notice
        except LinkExpired as error:
            told = {"answer": said.answer[:20], "power_kw": said.power_kw[:20], "reason": said.reason[:200]}
            self._audit.record("link", "notice.reply.expired", f"notice:{error.notice_id}", None, told)
            raise
        if not self.links.is_form(token, said.nonce):
            raise Invalid("页面已失效，请重新打开链接 / this form is not ours; open the link again")
        start_ms, end_ms = self._hours(notice, said)
        return self._desk.record_reply(
            _principal(notice),
            notice.id,
            _answer(said.answer),
            power_kw=_power(said.power_kw),
            start_ms=start_ms,
            end_ms=end_ms,
            reason=said.reason,
            channel=ReplyChannel.LINK,
            nonce=said.nonce,
        )

    def _kept(self, token: str) -> KeptNotice:
        kept = self._ledger.notice(self.links.notice_id(token))
        if kept is None:
            raise NotFound("链接不完整或已被改动 / this link is not complete, or was altered")
        self.links.check(token, kept.notice, self._clock.now_ms())
        return kept

    def _load(self, notice: Notice) -> tuple[CurrentLoad | None, str]:
        enterprise = notice.recipient.enterprise_id
        if enterprise is None:
            return None, ""
        try:
            return self._questions.current(_principal(notice), enterprise_scope(enterprise)), ""
        except YingfengError as error:
            # The answer matters more than the figures beside it: a store that is away must not stop it.
            return None, str(error)

    def _hours(self, notice: Notice, said: Said) -> tuple[int | None, int | None]:
        """The hours given as times of the window's first day, or of its second where only that has them.

        An end before the start is of the day after.
        """
        window = notice.reply.window if notice.reply is not None else None
        if said.answer != Answer.CAN or window is None or not (said.start and said.end):
            return None, None
        try:
            first, last = time.fromisoformat(said.start), time.fromisoformat(said.end)
        except ValueError:
            raise Invalid("时间格式应为 14:00 / write times as 14:00") from None
        day = window.start.astimezone(self._zone).date()
        start = datetime.combine(day, first, tzinfo=self._zone)
        if start < window.start and start + timedelta(days=1) < window.end:
            start += timedelta(days=1)
        end = datetime.combine(start.date(), last, tzinfo=self._zone)
        return to_ms(start), to_ms(ends_after(start, end))


def _principal(notice: Notice) -> Principal:
    """Who answers by the link: the recipient, and nobody's session."""
    enterprise = notice.recipient.enterprise_id
    if enterprise is not None:
        return Principal(f"link:{enterprise}", Role.ENTERPRISE, enterprise)
    return Principal(str(notice.recipient.user), Role.OFFICER)


def _answer(text: str) -> Answer:
    try:
        return Answer(text)
    except ValueError:
        raise Invalid("请选择一种答复 / choose an answer") from None


def _power(text: str) -> float | None:
    cleaned = text.strip().replace(",", "").replace("，", "")
    if not cleaned:
        return None
    try:
        return float(cleaned)
    except ValueError:
        raise Invalid(f"{text[:20]!r} 不是数字 / is not a number of kW") from None
