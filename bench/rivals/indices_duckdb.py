"""The same figures in SQL on a DuckDB table in memory: one row a site and block, in order, on every core."""

from __future__ import annotations

import duckdb
import numpy as np

from bench.rivals.ten_in_ten import EVENT_DAY, FEWEST_DAYS, LOOKBACK, SAMPLE_DAYS, WINDOW
from domain.arrays import BoolArray, FloatArray, IntArray

DAYS = """
create or replace temp table days as
select site, day, any_value(month) as month, max(kw) as high, min(kw) as low, avg(kw) as mean
from loads group by site, day having count(kw) >= 0.9 * 96
"""
DAY_FIGURES = """
select site, day, high, low, mean, mean / high as gamma, (high - low) / high as valley from days
"""
MONTHS = """
select site, month, max(high) as high, avg(mean / high) as gamma, avg(mean) / max(mean) as sigma
from days join (select month, count(*) as due from calendar group by month) using (month)
group by site, month, due having count(*) >= 0.9 * due
"""
YEARS = """
with years as (select site, max(high) as high, avg(mean) / max(high) as load_factor from days group by site)
select site, any_value(load_factor) as load_factor, count(*) / 4.0 as near
from loads join days using (site, day) join years using (site)
where loads.kw >= 0.95 * years.high group by site
"""
TEN = """
with whole as (
  select site, day from loads join calendar using (day)
  where day between $first and $last and workday
  group by site, day
  having count(kw) >= 0.9 * 96 and count(kw) filter (slot >= $begin and slot < $until) = $until - $begin
), chosen as (
  select site, day from whole
  qualify row_number() over (partition by site order by day desc) <= $samples
    and count(*) over (partition by site) >= $fewest
)
select site, slot, avg(kw) as kw from loads join chosen using (site, day)
where day between $first and $last group by site, slot
"""


def table(loads_kw: FloatArray, month: IntArray, workday: BoolArray) -> duckdb.DuckDBPyConnection:
    """loads_kw : shape (s, d, 96). Loading is not part of the measurement: both rivals begin with their own table."""
    import pyarrow as pa

    sites, days, slots = loads_kw.shape
    connection = duckdb.connect()
    connection.execute("create table loads (site smallint, day smallint, month tinyint, slot tinyint, kw double)")
    connection.execute("create table calendar (day smallint, month tinyint, workday boolean)")
    calendar = pa.table({"day": np.arange(days, dtype=np.int16), "month": month.astype(np.int8), "workday": workday})
    connection.register("given", calendar)
    connection.execute("insert into calendar select * from given")
    for begin in range(0, sites, 100):
        own = loads_kw[begin : begin + 100]
        n = len(own)
        rows = pa.table(
            {
                "site": np.repeat(np.arange(begin, begin + n, dtype=np.int16), days * slots),
                "day": np.tile(np.repeat(np.arange(days, dtype=np.int16), slots), n),
                "month": np.tile(np.repeat(month.astype(np.int8), slots), n),
                "slot": np.tile(np.arange(slots, dtype=np.int8), n * days),
                "kw": pa.array(own.ravel(), from_pandas=True),
            }
        )
        connection.register("part", rows)
        connection.execute("insert into loads select * from part")
        connection.unregister("part")
    return connection


def indices(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, FloatArray]]:
    connection.execute(DAYS)
    return {
        name: connection.execute(sql).fetchnumpy()
        for name, sql in (("day", DAY_FIGURES), ("month", MONTHS), ("year", YEARS))
    }


def ten_in_ten(connection: duckdb.DuckDBPyConnection) -> dict[str, FloatArray]:
    asked = {
        "first": EVENT_DAY - LOOKBACK,
        "last": EVENT_DAY - 1,
        "begin": WINDOW[0],
        "until": WINDOW[1],
        "samples": SAMPLE_DAYS,
        "fewest": FEWEST_DAYS,
    }
    found: dict[str, FloatArray] = connection.execute(TEN, asked).fetchnumpy()
    return found
