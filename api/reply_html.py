"""The one-tap page as HTML: readable on the smallest phone, without JavaScript, Chinese first."""

from __future__ import annotations

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from domain.event_days import hours_text
from domain.instants import from_ms
from domain.notices import Answer, Reply, ReplyMark
from domain.series import Figure
from response.delivery.reply_desk import ReplyView

STYLE = """*{box-sizing:border-box}body{margin:0;background:#f3f5f8;color:#16222e;font:16px/1.5 "Noto Sans CJK SC",
"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}main{max-width:520px;margin:0 auto;padding:12px}
section{background:#fff;border:1px solid #d9e0e7;border-radius:8px;padding:14px 16px;margin:0 0 12px}
h1{font-size:19px;margin:0 0 6px}h2{font-size:16px;margin:0 0 8px}
small,.en{color:#52616f;font-weight:400;font-size:13px}
.body{white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}.drill{background:#a3151c;color:#fff;font-weight:700;
padding:10px 14px;border-radius:8px;margin:0 0 12px;text-align:center}.late,.bad{color:#a3151c}.good{color:#0b6b3a}
dl{display:grid;grid-template-columns:auto 1fr;gap:4px 14px;margin:0}dt{color:#52616f}dd{margin:0;text-align:right;
font-variant-numeric:tabular-nums}label{display:block;margin:8px 0 2px;color:#52616f;font-size:14px}
input{width:100%;font:inherit;padding:11px;border:1px solid #aab7c4;border-radius:6px;min-height:46px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:10px}button{width:100%;font:inherit;font-weight:600;padding:13px;
min-height:50px;border:0;border-radius:6px;margin-top:12px;background:#17508f;color:#fff}.quiet{background:#fff;
color:#17508f;border:1px solid #17508f}.no{background:#fff;color:#a3151c;border:1px solid #a3151c}"""

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="data:,"><style>{style}</style></head><body><main>{body}</main></body></html>"""

OWN_LOAD = "<section><h2>本企业负荷 <small>own load</small></h2>"
WORDS = {
    Answer.RECEIVED: "已收到 received",
    Answer.CAN: "可以响应 can",
    Answer.CANNOT: "无法响应 cannot",
}
MARKS = {
    ReplyMark.LATE: "已过答复截止时间，仍已记录 / after the deadline, recorded all the same",
    ReplyMark.ABOVE_POSSIBLE: "超过可响应上限，已记录并注明 / above what was asked for, recorded and marked",
    ReplyMark.OUTSIDE_WINDOW: "超出所询时段，已记录并注明 / outside the hours asked for, recorded and marked",
    ReplyMark.REPLAYED: "此表单已提交过，未重复计入 / this form was sent before; nothing was changed",
}


def whole(title: str, body: str) -> str:
    return PAGE.format(title=escape(title), style=STYLE, body=body)


def problem_page(text: str) -> str:
    return whole("迎峰", f'<section><h1>迎峰 Yingfeng</h1><p class="bad">{escape(text)}</p></section>')


def thanks(view: ReplyView, reply: Reply, zone: ZoneInfo, back: str) -> str:
    """After an answer: what was recorded, with what is wrong with it."""
    marks = "".join(f'<p class="late">{escape(MARKS[mark])}</p>' for mark in reply.marks if mark in MARKS)
    again = f'<p><a href="{escape(back)}">返回修改 change the answer</a></p>'
    body = (
        f'{_drill(view)}<section><h1 class="good">已记录 Recorded</h1><p>{escape(view.name)}</p>'
        f"<p>{escape(_told(reply, zone))}</p>{marks}{again}</section>"
    )
    return whole("已记录", body)


def reply_page(view: ReplyView, zone: ZoneInfo, problem: str = "") -> str:
    notice = view.notice
    complaint = f'<section><p class="bad" role="alert">{escape(problem)}</p></section>' if problem else ""
    parts = [_drill(view), complaint, _head(view, zone), _answered(view, zone)]
    parts += [_load(view, zone), _estimate(view), _forms(view, zone)]
    return whole(notice.subject, "".join(parts))


def _drill(view: ReplyView) -> str:
    return '<div class="drill">演练，非真实事件 · DRILL, not a real event</div>' if view.notice.drill else ""


def _head(view: ReplyView, zone: ZoneInfo) -> str:
    notice = view.notice
    rows = ""
    if notice.reply is not None:
        late = ' class="late"' if view.is_late else ""
        rows += _row("答复截止 <small>reply by</small>", _clock(notice.reply.deadline_ms, zone), late)
        if notice.reply.window is not None:
            window = notice.reply.window
            rows += _row(
                "时段 <small>hours</small>",
                f"{window.start.astimezone(zone):%m-%d} "
                + hours_text(window.start.astimezone(zone), window.end.astimezone(zone)),
            )
        if notice.reply.max_kw is not None:
            rows += _row("上限 <small>at most</small>", f"{notice.reply.max_kw:,.0f} kW")
    if notice.confirmed_by:
        rows += _row("签发 <small>confirmed by</small>", notice.confirmed_by)
    return (
        f"<section><h1>{escape(notice.subject)}</h1><small>{escape(view.name)}</small>"
        f'<div class="body">{escape(notice.body)}</div><dl>{rows}</dl></section>'
    )


def _row(label: str, value: str, attribute: str = "") -> str:
    return f"<dt>{label}</dt><dd{attribute}>{escape(value)}</dd>"


def _answered(view: ReplyView, zone: ZoneInfo) -> str:
    if not view.answered:
        return ""
    return (
        f'<section><h2>最近答复 <small>last answer</small></h2><p class="good">'
        f"{escape(_told(view.answered[-1], zone))}</p></section>"
    )


def _load(view: ReplyView, zone: ZoneInfo) -> str:
    """Its own demand now and at the end of this quarter-hour; a missing figure says why it is missing."""
    if view.notice.recipient.enterprise_id is None:
        return ""
    if view.load is None:
        return f'{OWN_LOAD}<p class="en">{escape(view.load_problem)}</p></section>'
    load = view.load
    rows = _row("当前需量 <small>demand now</small>", _figure(load.sliding_demand_kw))
    projection = load.projection
    if projection is not None and projection.demand_kw is not None:
        band = ""
        if projection.low_kw is not None and projection.high_kw is not None:
            band = f"（{projection.low_kw:,.0f}–{projection.high_kw:,.0f}）"
        rows += _row("本时段末预测 <small>end of this quarter</small>", f"{projection.demand_kw:,.0f} kW{band}")
    rows += _row("今日最大 <small>maximum today</small>", _figure(load.today_maximum_kw))
    at = f"{load.as_of.astimezone(zone):%m-%d %H:%M}" if load.as_of is not None else "—"
    rows += _row("截至 <small>as of</small>", at + ("（数据陈旧 stale）" if load.stale else ""))
    return f"{OWN_LOAD}<dl>{rows}</dl></section>"


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return f"— {figure.reason}"
    return f"{figure.value:,.0f} kW" + ("（估算 estimate）" if figure.estimated else "")


def _estimate(view: ReplyView) -> str:
    if view.estimate is None:
        return ""
    rows = _row("每 100 kW <small>for 100 kW</small>", f"约 ¥{view.estimate.yuan(100):,.0f}")
    limit = view.notice.reply.max_kw if view.notice.reply is not None else None
    if limit:
        rows += _row(f"{limit:,.0f} kW", f"约 ¥{view.estimate.yuan(limit):,.0f}")
    said = f"按 {view.estimate.yuan_per_kwh:g} 元/kWh × {view.estimate.hours:g} h 估算，以核算结果为准"
    return (
        f"<section><h2>预计补贴 <small>estimated subsidy</small></h2><dl>{rows}</dl>"
        f"<small>{said} · an estimate; the settlement decides</small></section>"
    )


def _forms(view: ReplyView, zone: ZoneInfo) -> str:
    request = view.notice.reply
    hidden = f'<input type="hidden" name="nonce" value="{escape(view.nonce)}">'
    received = (
        f'<section><form method="post">{hidden}<button name="answer" value="received" class="quiet">'
        "已收到 <small>received</small></button></form></section>"
    )
    if request is None or request.purpose in ("alert.acknowledge", "contact.check"):
        return received
    most = f' max="{request.max_kw:g}"' if request.max_kw is not None else ""
    hours = ""
    if request.window is not None:
        start, end = (instant.astimezone(zone) for instant in (request.window.start, request.window.end))
        hours = (
            f'<div class="pair"><div><label for="start">从 from</label><input id="start" name="start" type="time" '
            f'value="{start:%H:%M}"></div><div><label for="end">到 to</label>'
            f'<input id="end" name="end" type="time" value="{end:%H:%M}"></div></div>'
        )
    can = (
        f'<section><form method="post" novalidate>{hidden}<h2>可以响应 <small>we can give</small></h2>'
        f'<label for="power">千瓦 kW</label><input id="power" name="power_kw" type="number" inputmode="decimal" '
        f'min="1" step="any"{most} required>{hours}<button name="answer" value="can">确认响应 <small '
        'style="color:#fff">we can give this</small></button></form></section>'
    )
    cannot = (
        f'<section><form method="post" novalidate>{hidden}<h2>无法响应 <small>we cannot</small></h2>'
        '<label for="reason">原因 because</label><input id="reason" name="reason" maxlength="200" required>'
        '<button name="answer" value="cannot" class="no">无法响应 <small>we cannot</small></button></form></section>'
    )
    return received + can + cannot


def _told(reply: Reply, zone: ZoneInfo) -> str:
    text = f"{_clock(reply.at_ms, zone)} {WORDS[reply.answer]}"
    if reply.power_kw is not None:
        text += f" {reply.power_kw:,.0f} kW"
    if reply.start_ms is not None and reply.end_ms is not None:
        text += f" {_clock(reply.start_ms, zone)}–{_hour(reply.end_ms, zone)}"
    return text + (f"：{reply.reason}" if reply.reason else "")


def _clock(instant_ms: int, zone: ZoneInfo) -> str:
    return f"{_local(instant_ms, zone):%m-%d %H:%M}"


def _hour(instant_ms: int, zone: ZoneInfo) -> str:
    return f"{_local(instant_ms, zone):%H:%M}"


def _local(instant_ms: int, zone: ZoneInfo) -> datetime:
    return from_ms(instant_ms).astimezone(zone)
