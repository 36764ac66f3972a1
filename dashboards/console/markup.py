"""Pieces of HTML: everything that comes from data is escaped here, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

NONE = '<span class="soft">—</span>'


def number(value: float | None, unit: str = "", decimals: int = 0) -> str:
    """A figure with its unit, a dash where there is none."""
    if value is None or value != value:
        return NONE
    shown = f'<span class="num">{value:,.{decimals}f}</span>'
    return f'{shown}<span class="unit">{escape(unit)}</span>' if unit else shown


def megawatts(power_kw: float | None) -> str:
    return number(None if power_kw is None else power_kw / 1000, "MW", 2)


def share(value: float | None, decimals: int = 1) -> str:
    return number(None if value is None else value * 100, "%", decimals)


def pill(text: str, tone: str = "") -> str:
    return f'<span class="pill {escape(tone)}">{escape(text)}</span>'


def link(href: str, text: str) -> str:
    return f'<a href="{escape(href)}">{escape(text)}</a>'


def state(title: str, text: str = "") -> str:
    return f'<div class="state"><b>{escape(title)}</b>{escape(text)}</div>'


def tile(label: str, value: str, note: str = "", *, kind: str = "") -> str:
    """``value`` and ``note`` are markup already."""
    return (
        f'<div class="tile {kind}"><div class="label">{escape(label)}</div><div class="value">{value}</div>'
        f'<div class="note">{note}</div></div>'
    )


@dataclass(frozen=True, slots=True)
class Column:
    """``wide`` columns are left out on a phone."""

    heading: str
    right: bool = False
    wide: bool = False

    @property
    def classes(self) -> str:
        return " ".join(name for name, on in (("right", self.right), ("only-wide", self.wide)) if on)


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, name: str = "", stacked: bool = False) -> str:
    """``rows`` hold markup already. stacked : on a phone each row is a block, its first cell the heading"""
    kind = "list stacked" if stacked else "list"
    head = "".join(f'<th class="{c.classes}">{escape(c.heading)}</th>' for c in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{c.classes}" data-label="{escape(c.heading)}">{cell}</td>'
            for c, cell in zip(columns, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table class="{kind}" data-name="{escape(name)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """``pairs`` of a plain name and markup."""
    return '<dl class="facts">' + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs) + "</dl>"
