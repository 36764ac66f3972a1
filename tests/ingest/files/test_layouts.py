"""How files of other people are read, and when we ask instead of guessing."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.instants import from_ms, to_ms
from domain.series import Matrix
from ingest.file_history import History, first_day, read_history
from ingest.file_layouts import Ambiguous, Wanted, parse_interval

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
START = datetime(2026, 7, 20, tzinfo=SHANGHAI)
QUARTER = timedelta(minutes=15)


def stamps(count: int = 96, *, label: str = "start", form: str = "%Y-%m-%d %H:%M") -> list[str]:
    first = START if label == "start" else START + QUARTER
    return [(first + k * QUARTER).strftime(form) for k in range(count)]


def wide(directory: Path, lines: list[str], name: str = "load.csv", encoding: str = "utf-8") -> Path:
    path = directory / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def day_file(directory: Path, *, label: str = "start", header: str = "时间,A,B", form: str = "%Y-%m-%d %H:%M") -> Path:
    rows = [f"{stamp},{k},{k * 2.5}" for k, stamp in enumerate(stamps(label=label, form=form))]
    return wide(directory, [header, *rows])


def only(history: History) -> Matrix:
    (part,) = history.parts
    return part


def test_a_wide_day_is_read_whole(tmp_path: Path) -> None:
    history = read_history(day_file(tmp_path), Wanted(unit="kw", zone=SHANGHAI))
    part = only(history)
    assert part.ids == ("A", "B")
    assert part.step_s == 900
    assert from_ms(int(part.ts_ms[0])) == START.astimezone(UTC)
    assert np.array_equal(part.values, [np.arange(96), np.arange(96) * 2.5])
    assert history.layout.inferred == ("layout", "ts", "interval_s", "label")
    assert history.span.end - history.span.start == timedelta(days=1)


@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M", "%Y年%m月%d日 %H:%M", "%Y.%m.%d %H:%M"]
)
def test_dates_are_read_as_people_write_them(tmp_path: Path, form: str) -> None:
    part = only(read_history(day_file(tmp_path, form=form), Wanted(unit="kw", zone=SHANGHAI)))
    assert from_ms(int(part.ts_ms[0])) == START.astimezone(UTC)
    assert len(part.ts_ms) == 96


def test_labels_of_interval_ends_are_known_by_the_day_they_close(tmp_path: Path) -> None:
    ends = only(read_history(day_file(tmp_path, label="end"), Wanted(unit="kw", zone=SHANGHAI)))
    starts = only(read_history(day_file(tmp_path), Wanted(unit="kw", zone=SHANGHAI)))
    assert np.array_equal(ends.ts_ms, starts.ts_ms)
    assert np.array_equal(ends.values, starts.values)


def test_twenty_four_oclock_closes_its_day(tmp_path: Path) -> None:
    texts = [*stamps(95, label="end"), "2026-07-20 24:00"]
    path = wide(tmp_path, ["ts,A", *(f"{t},{k}" for k, t in enumerate(texts))])
    history = read_history(path, Wanted(unit="kw", zone=SHANGHAI))
    assert history.layout.label == "end"
    assert from_ms(int(only(history).ts_ms[-1])) == (START + 95 * QUARTER).astimezone(UTC)


def test_a_day_closed_by_its_own_midnight_is_not_turned_round(tmp_path: Path) -> None:
    """As a well-known steel works' file is written: 00:15 ... 23:45, then 00:00 of the same day."""
    texts = [*stamps(95, label="end"), "2026-07-20 00:00"]
    path = wide(tmp_path, ["ts,A", *(f"{t},{k}" for k, t in enumerate(texts))])
    part = only(read_history(path, Wanted(unit="kw", zone=SHANGHAI)))
    assert np.array_equal(part.values[0], np.arange(96))
    assert from_ms(int(part.ts_ms[0])) == START.astimezone(UTC)


def test_a_repeated_midnight_closes_nothing(tmp_path: Path) -> None:
    lines = [*(f"{t},{k}" for k, t in enumerate(stamps())), f"{stamps()[0]},0"]
    history = read_history(wide(tmp_path, ["ts,A", *lines]), Wanted(unit="kw", zone=SHANGHAI))
    assert (history.layout.label, history.repeats, history.values) == ("start", 1, 96)


def test_rows_without_a_site_are_refused(tmp_path: Path) -> None:
    path = wide(tmp_path, ["ts,site,kw", f"{stamps()[0]},A,1", f"{stamps()[1]},,1"])
    with pytest.raises(Invalid, match="'site' is empty in 1 rows"):
        read_history(path, Wanted(zone=SHANGHAI, interval_s=900, label="start"))


def test_energy_becomes_mean_power(tmp_path: Path) -> None:
    history = read_history(day_file(tmp_path, header="ts,A (kWh),B_kwh"), Wanted(zone=SHANGHAI))
    assert history.layout.unit == "kwh"
    assert history.sites == ("A", "B")
    assert np.array_equal(only(history).values[0], np.arange(96) * 4)


def test_offsets_settle_the_zone(tmp_path: Path) -> None:
    rows = [f"{(START + k * QUARTER).isoformat()},{k}" for k in range(96)]
    history = read_history(wide(tmp_path, ["ts,p_kw", *rows]))
    assert history.layout.zone is None
    assert from_ms(int(only(history).ts_ms[0])) == START.astimezone(UTC)
    half = [row.replace("+08:00", "") if k % 2 else row for k, row in enumerate(rows)]
    with pytest.raises(Invalid, match="some stamps carry an offset"):
        read_history(wide(tmp_path, ["ts,p_kw", *half]))


def asked(path: Path, wanted: Wanted) -> Ambiguous:
    with pytest.raises(Ambiguous) as caught:
        read_history(path, wanted)
    assert f"--{caught.value.option}" in str(caught.value)
    assert caught.value.question_zh
    return caught.value


def test_what_a_file_does_not_tell_is_asked_with_its_choices(tmp_path: Path) -> None:
    whole = day_file(tmp_path)
    assert asked(whole, Wanted(zone=SHANGHAI)).choices == ("kw", "kwh")
    assert asked(whole, Wanted(unit="kw")).option == "tz"
    part = wide(tmp_path, ["ts,A_kw", *(f"{t},1" for t in stamps()[10:40])], "part.csv")
    assert asked(part, Wanted(zone=SHANGHAI)).choices == ("start", "end")
    crooked = wide(
        tmp_path, ["ts,A_kw", "2026-07-20 00:00,1", "2026-07-20 00:15,1", "2026-07-20 03:00,2"], "crooked.csv"
    )
    assert asked(crooked, Wanted(zone=SHANGHAI)).option == "interval"
    two = wide(tmp_path, ["begin,end,A_kw", "2026-07-20 00:00,2026-07-20 00:15,1"], "two.csv")
    assert asked(two, Wanted()).choices == ("begin", "end")
    values = wide(tmp_path, ["ts,site,x,y", "2026-07-20 00:00,A,1,2"], "values.csv")
    assert asked(values, Wanted()).option == "value"


def test_hours_need_no_unit(tmp_path: Path) -> None:
    rows = [f"{(START + timedelta(hours=k)).strftime('%Y-%m-%d %H:%M')},{k}" for k in range(24)]
    history = read_history(wide(tmp_path, ["ts,A", *rows]), Wanted(zone=SHANGHAI))
    assert np.array_equal(only(history).values[0], np.arange(24))


def test_a_long_files_sites_keep_their_own_intervals(tmp_path: Path) -> None:
    rows = [f"{stamp},Q,{k}" for k, stamp in enumerate(stamps())]
    rows += [f"{stamp},H,{k}" for k, stamp in enumerate(stamps()[::4])]
    history = read_history(wide(tmp_path, ["ts,site,kw", *rows]), Wanted(zone=SHANGHAI))
    assert {part.ids: part.step_s for part in history.parts} == {("Q",): 900, ("H",): 3600}
    assert history.values == 96 + 24


def test_gaps_stay_missing_and_bad_cells_are_listed(tmp_path: Path) -> None:
    lines = [f"{stamp},1" for stamp in stamps()]
    lines[3], lines[4], lines[5] = f"{stamps()[3]},", f"{stamps()[4]},-", f"{stamps()[5]},12,5"
    lines[5] = f"{stamps()[5]},1o.5"
    lines[6] = "2026-07-40 01:30,1"
    lines[7] = f"{stamps()[7]}:07,1"
    lines[8] = f"{stamps()[8]},1e12"
    lines += [f"{stamps()[20]},1", f"{stamps()[21]},7"]
    history = read_history(wide(tmp_path, ["ts,A_kw", *lines]), Wanted(zone=SHANGHAI))
    values = only(history).values[0]
    assert np.isnan(values[3:9]).all()
    assert np.array_equal(np.delete(values, range(3, 9)), np.ones(90))
    assert history.repeats == 1
    found = {(e.row, e.column, e.value): e.reason_en for e in history.errors}
    assert found[7, "A_kw", "1o.5"] == "is not a number"
    assert found[8, "ts", "2026-07-40 01:30"] == "is not a time"
    assert "grid" in found[9, "ts", f"{stamps()[7]}:07"]
    assert "too large" in found[10, "A_kw", "1e12"]
    assert "differs" in found[99, "A_kw", "7"]
    assert history.refused == len(history.errors) == 5


def test_the_hour_shown_twice_is_told_by_its_order(tmp_path: Path) -> None:
    first = datetime(2026, 10, 25, tzinfo=BERLIN).astimezone(UTC)
    rows = [f"{(first + timedelta(hours=k)).astimezone(BERLIN).strftime('%Y-%m-%d %H:%M')},{k},{k}" for k in range(25)]
    part = only(read_history(wide(tmp_path, ["ts,A,B", *rows]), Wanted(zone=BERLIN)))
    assert np.array_equal(part.values, [np.arange(25)] * 2)
    assert np.array_equal(np.diff(part.ts_ms), np.full(24, 3_600_000))


def test_the_hour_that_is_skipped_does_not_exist(tmp_path: Path) -> None:
    rows = [f"2026-03-29 {k:02d}:00,{k}" for k in range(24)]
    history = read_history(wide(tmp_path, ["ts,A", *rows]), Wanted(zone=BERLIN))
    assert history.values == 23
    (error,) = history.errors
    assert error.value == "2026-03-29 02:00"
    assert "--tz" in error.reason_en
    assert len(only(history).ts_ms) == 23


def test_the_form_of_the_file_does_not_matter(tmp_path: Path) -> None:
    plain = day_file(tmp_path)
    wanted = Wanted(unit="kw", zone=SHANGHAI)
    expected = only(read_history(plain, wanted))
    packed = tmp_path / "named.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    chinese = wide(tmp_path, plain.read_text(encoding="utf-8").splitlines(), "gb.csv", "gb18030")
    marked = wide(tmp_path, plain.read_text(encoding="utf-8").splitlines(), "bom.csv", "utf-8-sig")
    semicolons = wide(tmp_path, plain.read_text(encoding="utf-8").replace(",", ";").splitlines(), "semi.csv")
    columnar = tmp_path / "columnar"
    instants = pa.array([int(t) for t in expected.ts_ms], pa.timestamp("ms", "Asia/Shanghai"))
    pyarrow.parquet.write_table(
        pa.table({"时间": instants, "A": expected.values[0], "B": expected.values[1]}), columnar
    )
    for path in (packed, chinese, marked, semicolons, columnar):
        part = only(read_history(path, wanted))
        assert part.ids == expected.ids, path.name
        assert np.array_equal(part.ts_ms, expected.ts_ms), path.name
        assert np.array_equal(part.values, expected.values), path.name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"ts,A\n", "no rows"),
        (b"ts,A,A\n2026-07-20 00:00,1,1\n", "named twice: A"),
        (b"ts,,A\n2026-07-20 00:00,1,1\n", "without a name"),
        (b"ts,A\n2026-07-20 00:00,1\n2026-07-20 00:15,1,2,3\n", "no regular table"),
        (b"PK\x03\x04\x00\x00\x00", "not a sound Excel workbook"),
        (b"\x00\x01\x02", "neither text nor Parquet"),
        (b"PAR1nothing", "no readable Parquet"),
        (b"\x1f\x8bnothing", "cannot be read"),
        (b"\xff\xfe\xff\xff,\x81\x20", "neither UTF-8 nor GB 18030"),
        (b"ts,A_kw\nyesterday,1\n", "can be read as a time"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "load.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=message):
        read_history(path, Wanted(zone=SHANGHAI, interval_s=900, label="start"))
    with pytest.raises(Invalid, match="cannot be read"):
        read_history(tmp_path / "absent.csv")
    with pytest.raises(Invalid, match="no column 'when'"):
        read_history(day_file(tmp_path), Wanted(ts="when"))


def test_intervals_are_written_briefly() -> None:
    assert [parse_interval(t) for t in ("15m", "1h", "60s", "5min")] == [900, 3600, 60, 300]
    for wrong in ("15", "0m", "7h", "quarter"):
        with pytest.raises(Invalid, match="interval"):
            parse_interval(wrong)


def test_a_dry_run_shows_the_first_day_as_read(tmp_path: Path) -> None:
    history = read_history(day_file(tmp_path), Wanted(unit="kw", zone=SHANGHAI))
    shown = first_day(history, SHANGHAI)
    assert len(shown) == 96
    assert shown[4] == (START + 4 * QUARTER, [4.0, 10.0])


numbers = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False, width=32))


@settings(deadline=None, max_examples=40)
@given(
    table=st.lists(st.lists(numbers, min_size=24, max_size=24), min_size=1, max_size=4),
    form=st.sampled_from(["wide", "long"]),
    label=st.sampled_from(["start", "end"]),
    unit=st.sampled_from(["kw", "kwh"]),
    step=st.sampled_from([900, 1800, 3600]),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC"]),
)
def test_what_is_written_in_any_layout_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[list[float | None]],
    form: str,
    label: str,
    unit: str,
    step: int,
    zone: str,
) -> None:
    if all(value is None for row in table for value in row):
        return
    first = datetime(2026, 7, 20, tzinfo=ZoneInfo(zone))
    shift = step if label == "end" else 0
    texts = [(first + timedelta(seconds=step * k + shift)).strftime("%Y-%m-%d %H:%M") for k in range(24)]
    names = [f"S{i}" for i in range(len(table))]
    cells = [["" if v is None else repr(float(v)) for v in row] for row in table]
    if form == "wide":
        lines = [",".join(("ts", *names)), *(",".join((t, *(row[k] for row in cells))) for k, t in enumerate(texts))]
    else:
        lines = [
            "ts,site,value",
            *(f"{t},{n},{row[k]}" for n, row in zip(names, cells, strict=True) for k, t in enumerate(texts)),
        ]
    path = wide(tmp_path_factory.mktemp("files"), lines)
    wanted = Wanted(layout=form, label=label, unit=unit, interval_s=step, zone=ZoneInfo(zone))  # type: ignore[arg-type]
    part = only(read_history(path, wanted))
    assert part.ids == tuple(names)
    factor = 3600 / step if unit == "kwh" else 1.0
    for row, name in enumerate(names):
        read = {int(t): v for t, v in zip(part.ts_ms, part.values[row], strict=True) if not np.isnan(v)}
        written = {
            to_ms(first + timedelta(seconds=step * k)): v * factor for k, v in enumerate(table[row]) if v is not None
        }
        assert read == pytest.approx(written), name
