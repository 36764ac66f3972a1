"""What an enterprise is told: hours, target, measure, whom it cites. 中文 first, as the office writes."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from domain.orderly import Order, OrderLine, Rank, Target, Window

RANKS: dict[Rank, tuple[str, str]] = {
    Rank.DR: ("需求响应", "demand response"),
    Rank.SHIFT: ("错峰", "shift"),
    Rank.AVOID: ("避峰", "peak avoidance"),
    Rank.CURTAIL: ("限电", "curtailment"),
}


def hours_words(windows: tuple[Window, ...], zone: ZoneInfo) -> str:
    parts = []
    for window in windows:
        start, end = window.start.astimezone(zone), window.end.astimezone(zone)
        last = "24:00" if end.time().isoformat() == "00:00:00" else f"{end:%H:%M}"
        parts.append(f"{start:%m月%d日 %H:%M}-{last}")
    return "、".join(parts)


def target_words(line: OrderLine) -> tuple[str, str]:
    if line.target is Target.CAP:
        return f"负荷压至 {line.kw:g} kW 以下", f"keep the load at or below {line.kw:g} kW"
    return f"压降 {line.kw:g} kW", f"take off {line.kw:g} kW"


def order_words(order: Order, line: OrderLine, name: str, zone: ZoneInfo) -> tuple[str, str]:
    """Subject and body of the 告知单."""
    drill = "【演练】" if order.drill else ""
    revised = f"（第{order.revision}次修订）" if order.revision > 1 else ""
    zh, en = target_words(line)
    rank_zh, rank_en = RANKS[line.rank]
    hours = hours_words(order.windows, zone)
    cites = f"依据 {order.instruction}，" if order.instruction else ""
    body = (
        f"{name}：{cites}请于 {hours} 执行{rank_zh}，{zh}。保安负荷不在压降范围，停机不停线。"
        f"{'措施：' + line.measure + '。' if line.measure else ''}收到请回复。\n"
        f"{rank_en}, {en}, order {order.id}. Security load is not touched. Please confirm receipt."
    )
    return f"{drill}有序用电告知单 {order.id}{revised}", f"{drill}{body}"


def lifted_words(order: Order, name: str, reason: str, zone: ZoneInfo) -> tuple[str, str]:
    drill = "【演练】" if order.drill else ""
    at = f"{order.lifted_at.astimezone(zone):%m月%d日 %H:%M}" if order.lifted_at is not None else "即时"
    body = f"{name}：调度令 {order.id} 自{at}起解除（{reason}）。\nOrder {order.id} no longer holds ({reason})."
    return f"{drill}有序用电解除通知 {order.id}", f"{drill}{body}"
