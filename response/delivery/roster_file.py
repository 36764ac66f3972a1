"""The duty roster as offices write it: 日期, 开始, 结束, 值班人, 次序. An end before the start is of the next day."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.duty import Shift
from domain.errors import Invalid

HEADINGS = {
    "日期": "day",
    "date": "day",
    "开始": "start",
    "start": "start",
    "结束": "end",
    "end": "end",
    "值班人": "user",
    "账号": "user",
    "user": "user",
    "次序": "rank",
    "rank": "rank",
}
WANTED = ("day", "start", "end", "user")


def read_roster(content: bytes, zone: ZoneInfo) -> list[Shift]:
    """UTF-8 or GB18030 CSV. Raises Invalid with every mistake by its row."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    rows = csv.DictReader(io.StringIO(text))
    names = {heading: HEADINGS.get(heading.strip().lower(), "") for heading in rows.fieldnames or ()}
    missing = [wanted for wanted in WANTED if wanted not in names.values()]
    if missing:
        raise Invalid(f"the roster needs the columns 日期, 开始, 结束, 值班人 (次序): {', '.join(missing)} not found")
    shifts, mistakes = [], []
    for number, row in enumerate(rows, start=2):
        cells = {names[key]: (value or "").strip() for key, value in row.items() if key and names.get(key)}
        if not any(cells.values()):
            continue
        try:
            shifts.append(_shift(cells, zone))
        except (ValueError, Invalid) as error:
            mistakes.append(f"row {number}: {error}")
    if mistakes:
        raise Invalid("the roster has mistakes:\n" + "\n".join(f"  - {each}" for each in mistakes))
    if not shifts:
        raise Invalid("the roster has no rows")
    return shifts


def _shift(cells: Mapping[str, str], zone: ZoneInfo) -> Shift:
    day = date.fromisoformat(cells["day"].replace("/", "-"))
    start = datetime.combine(day, time.fromisoformat(cells["start"].zfill(5)), tzinfo=zone)
    ends = cells["end"]
    end = datetime.combine(day, time.fromisoformat("00:00" if ends == "24:00" else ends.zfill(5)), tzinfo=zone)
    if end <= start:
        end += timedelta(days=1)
    if not cells["user"]:
        raise Invalid("nobody is named")
    return Shift(cells["user"], start, end, int(cells.get("rank") or 1))
