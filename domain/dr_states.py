"""The states of a demand-response event as a table. docs/demand-response.md draws it; a test walks every pair.

签约/申报 - 邀约 - 应邀/答复 - 出清/确认 - 执行 - 监测 - 核算 - 公示 - 申诉 - 结算 (domain facts 2.2)
"""

from __future__ import annotations

from enum import StrEnum

from domain.errors import Conflict


class EventState(StrEnum):
    DRAFT = "draft"  # 拟定: window and target are set, enterprises are chosen
    INVITED = "invited"  # 邀约: invitations are out, replies come in
    CLEARED = "cleared"  # 出清: each has its kW, nobody was told yet
    CONFIRMED = "confirmed"  # 确认: told by a named officer
    EXECUTING = "executing"  # 执行
    ENDED = "ended"  # 执行结束, to be verified
    VERIFIED = "verified"  # 核算
    PUBLISHED = "published"  # 公示, objections are open
    SETTLED = "settled"  # 结算
    CANCELLED = "cancelled"  # 取消


class Move(StrEnum):
    CHOOSE = "choose"
    INVITE = "invite"
    REPLY = "reply"
    CLEAR = "clear"
    CONFIRM = "confirm"
    START = "start"  # by the district clock
    REMIND = "remind"  # who is behind its promise is told so
    END = "end"  # by the district clock, or an officer
    VERIFY = "verify"
    PUBLISH = "publish"
    OBJECT = "object"
    SETTLE = "settle"
    OFFICIAL = "official"  # the province's figures are entered
    REVISE = "revise"
    CANCEL = "cancel"


_S, _M = EventState, Move

#: As papers, pages and refusals name them.
STATES_ZH = {
    _S.DRAFT: "拟定",
    _S.INVITED: "已邀约",
    _S.CLEARED: "已出清",
    _S.CONFIRMED: "已确认",
    _S.EXECUTING: "执行中",
    _S.ENDED: "执行结束",
    _S.VERIFIED: "已核算",
    _S.PUBLISHED: "公示中",
    _S.SETTLED: "已办结",
    _S.CANCELLED: "已取消",
}
MOVES_ZH = {
    _M.CHOOSE: "选择企业",
    _M.INVITE: "邀约",
    _M.REPLY: "答复",
    _M.CLEAR: "出清",
    _M.CONFIRM: "确认",
    _M.START: "开始执行",
    _M.REMIND: "催促",
    _M.END: "结束执行",
    _M.VERIFY: "核算",
    _M.PUBLISH: "公示",
    _M.OBJECT: "申诉",
    _M.SETTLE: "办结",
    _M.OFFICIAL: "录入省级数据",
    _M.REVISE: "调整",
    _M.CANCEL: "取消",
}

#: Pairs that are not here are refused.
TABLE: dict[tuple[EventState, Move], EventState] = {
    (_S.DRAFT, _M.CHOOSE): _S.DRAFT,
    (_S.DRAFT, _M.INVITE): _S.INVITED,
    # Contracted programmes call without bidding, and the province clears its own events.
    (_S.DRAFT, _M.CLEAR): _S.CLEARED,
    (_S.DRAFT, _M.OFFICIAL): _S.DRAFT,
    (_S.DRAFT, _M.REVISE): _S.DRAFT,
    (_S.DRAFT, _M.CANCEL): _S.CANCELLED,
    (_S.INVITED, _M.INVITE): _S.INVITED,
    (_S.INVITED, _M.CHOOSE): _S.INVITED,
    (_S.INVITED, _M.REPLY): _S.INVITED,
    (_S.INVITED, _M.CLEAR): _S.CLEARED,
    (_S.INVITED, _M.OFFICIAL): _S.INVITED,
    (_S.INVITED, _M.REVISE): _S.INVITED,
    (_S.INVITED, _M.CANCEL): _S.CANCELLED,
    (_S.CLEARED, _M.CLEAR): _S.CLEARED,
    (_S.CLEARED, _M.CONFIRM): _S.CONFIRMED,
    (_S.CLEARED, _M.OFFICIAL): _S.CLEARED,
    (_S.CLEARED, _M.REVISE): _S.CLEARED,
    (_S.CLEARED, _M.CANCEL): _S.CANCELLED,
    (_S.CONFIRMED, _M.START): _S.EXECUTING,
    (_S.CONFIRMED, _M.OFFICIAL): _S.CONFIRMED,
    (_S.CONFIRMED, _M.REVISE): _S.CONFIRMED,
    (_S.CONFIRMED, _M.CANCEL): _S.CANCELLED,
    (_S.EXECUTING, _M.REMIND): _S.EXECUTING,
    (_S.EXECUTING, _M.END): _S.ENDED,
    (_S.EXECUTING, _M.OFFICIAL): _S.EXECUTING,
    (_S.EXECUTING, _M.REVISE): _S.EXECUTING,
    (_S.EXECUTING, _M.CANCEL): _S.CANCELLED,
    (_S.ENDED, _M.VERIFY): _S.VERIFIED,
    (_S.ENDED, _M.OFFICIAL): _S.ENDED,
    (_S.VERIFIED, _M.VERIFY): _S.VERIFIED,
    (_S.VERIFIED, _M.PUBLISH): _S.PUBLISHED,
    (_S.VERIFIED, _M.OFFICIAL): _S.VERIFIED,
    # A figure that changes while it is published, or after, is a new revision and is published anew.
    (_S.PUBLISHED, _M.VERIFY): _S.VERIFIED,
    (_S.PUBLISHED, _M.OBJECT): _S.PUBLISHED,
    (_S.PUBLISHED, _M.OFFICIAL): _S.PUBLISHED,
    (_S.PUBLISHED, _M.SETTLE): _S.SETTLED,
    (_S.SETTLED, _M.VERIFY): _S.VERIFIED,
    (_S.SETTLED, _M.OFFICIAL): _S.SETTLED,
}

#: Nothing of these can still happen by itself.
OVER = frozenset({EventState.SETTLED, EventState.CANCELLED})
#: Before the load is asked for: the event can still be edited and called off without anybody having done anything.
BEFORE_START = (EventState.DRAFT, EventState.INVITED, EventState.CLEARED, EventState.CONFIRMED)


def moved(state: EventState, move: Move) -> EventState:
    """The state after the move. Raises Conflict, which says what is possible instead."""
    after = TABLE.get((state, move))
    if after is None:
        possible = possible_moves(state)
        zh = f"，只能{'、'.join(MOVES_ZH[each] for each in possible)}" if possible else ""
        en = f", only {', '.join(possible)}" if possible else ""
        raise Conflict(
            f"事件{STATES_ZH[state]}，不能{MOVES_ZH[move]}{zh} / the event is {state}: {move} is not possible{en}"
        )
    return after


def possible_moves(state: EventState) -> tuple[Move, ...]:
    return tuple(move for move in Move if (state, move) in TABLE)
