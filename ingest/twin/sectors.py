"""What kinds of enterprise the twin knows, and the shape of their day.

Shapes are shares of the kind's own level at hours of the day, straight between the points. Sizes and sensitivities are
invented within the ranges the field calls usual (load factors of three-, two- and one-shift plants, a quarter of the
summer maximum for cooling); no measured load of anybody stands behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray
from domain.registry import ProtectedClass, RestrictedClass

Points = tuple[tuple[float, float], ...]


def shape(text: str) -> Points:
    """Points written as ``hour share, hour share``."""
    pairs = (point.split() for point in text.split(","))
    return tuple((float(hour), float(share)) for hour, share in pairs)


FLAT = shape("0 1, 24 1")
OFF = shape("0 0, 24 0")
ONE_SHIFT = shape(
    "0 0.05, 7 0.05, 8 0.9, 9 1, 11.4 1, 11.8 0.5, 12.7 0.5, 13.1 0.97, 13.8 1, 16.7 0.98, 17.4 0.35, 18.5 0.1, 24 0.05"
)
TWO_SHIFT = shape(
    "0 0.25, 0.5 0.15, 6.5 0.15, 7.6 0.95, 11.3 1, 11.8 0.72, 12.6 0.72, 13.1 1, "
    "15.6 0.98, 16 0.85, 16.6 0.97, 18 0.8, 18.6 0.95, 22.8 0.9, 24 0.25"
)
THREE_SHIFT = shape(
    "0 0.9, 6 0.88, 7.7 0.84, 8.4 1, 11.4 1, 11.9 0.88, 12.6 0.88, "
    "13.1 1, 15.7 0.98, 16.2 0.88, 17 0.97, 22 0.95, 24 0.9"
)
OFFICE = shape("0 0.08, 7 0.1, 8.8 0.9, 11.6 1, 12.2 0.78, 13.2 0.85, 14 1, 17 0.95, 18.5 0.4, 21 0.15, 24 0.08")
MALL = shape("0 0.1, 8 0.12, 9.5 0.6, 10.2 0.85, 14 0.92, 18 0.97, 20 1, 21.5 0.9, 22.3 0.3, 24 0.1")
HOSPITAL = shape("0 0.55, 6 0.55, 8.5 0.95, 11.5 1, 13 0.9, 15 1, 17.5 0.8, 21 0.7, 24 0.55")
SCHOOL = shape("0 0.12, 6 0.15, 7.6 0.7, 11 1, 12.2 0.8, 14 0.95, 16.5 0.9, 19 0.6, 21.5 0.5, 23 0.12, 24 0.12")
COLD_STORE = shape("0 0.85, 5 0.9, 8 1, 12 0.98, 16 1, 20 0.95, 24 0.85")
HOMES = shape(
    "0 0.5, 4 0.36, 6.5 0.45, 8 0.48, 11.8 0.52, 13 0.5, 16.5 0.5, 18 0.8, 19.4 1, 21.5 0.97, 23 0.75, 24 0.5"
)
SMALL_SHOPS = shape("0 0.2, 7 0.3, 9 0.8, 12 0.9, 14 0.9, 18 1, 21 0.85, 23 0.3, 24 0.2")
EV_EVENING = shape("0 0.7, 5.5 0.3, 7 0.1, 12 0.35, 14 0.2, 17 0.3, 19 0.8, 22.5 1, 24 0.7")
#: Charges in the valleys of the 2026 tariff, discharges in its sharp peak; negative = discharging.
STORAGE = shape("0 0, 0.6 0.8, 4 0.8, 4.6 0, 11 0, 11.2 0.9, 13 0.9, 13.3 0, 18 0, 18.2 -0.9, 21.2 -0.9, 21.6 0, 24 0")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of enterprise.

    works, rests : shape of the productive part on working and on free days, and its level on free days
    cools : shape of the cooled hours; level_kw : smallest and largest productive level
    base_share : steady load, cooling_share : cooling at 35 deg C, both as shares of the level
    ripple : relative size of the ten-minute swings; power_factor : usual value
    """

    name: str
    shifts: str
    count: int
    works: Points
    rests: Points
    rest_level: float
    cools: Points
    level_kw: tuple[float, float]
    base_share: float
    cooling_share: float
    ripple: float
    power_factor: float
    sectors: tuple[tuple[str, str], ...]
    security_share: float = 0.05
    curtailable_share: float = 0.25
    protected: ProtectedClass = ProtectedClass.NONE
    restricted: RestrictedClass = RestrictedClass.NONE
    rest_day: str = ""


#: Counts are of a hundred enterprises. Sectors are codes of GB/T 4754-2017 with the trade word of the name.
KINDS: tuple[Kind, ...] = (
    Kind("continuous", "三班(连续)", 8, FLAT, FLAT, 0.97, FLAT, (1500, 5200), 0.25, 0.06, 0.03, 0.93,
         (("C26", "化工新材料"), ("C31", "特种钢丝"), ("C17", "化纤"), ("C29", "薄膜")), 0.22, 0.10),
    Kind("three_shift", "三班", 16, THREE_SHIFT, THREE_SHIFT, 0.55, THREE_SHIFT, (700, 3600), 0.15, 0.16, 0.05, 0.92,
         (("C39", "电子科技"), ("C38", "电机"), ("C33", "五金制品"), ("C36", "汽车零部件")), 0.06, 0.30,
         rest_day="周日"),
    Kind("foundry", "三班", 4, THREE_SHIFT, THREE_SHIFT, 0.35, FLAT, (900, 2400), 0.08, 0.03, 0.22, 0.90,
         (("C33", "精密铸造"), ("C31", "金属熔铸")), 0.05, 0.55, restricted=RestrictedClass.TWO_HIGH, rest_day="周日"),
    Kind("two_shift", "两班", 18, TWO_SHIFT, TWO_SHIFT, 0.25, TWO_SHIFT, (350, 2000), 0.08, 0.22, 0.05, 0.92,
         (("C34", "精密机械"), ("C35", "智能装备"), ("C29", "塑胶"), ("C40", "仪器仪表")), 0.04, 0.35, rest_day="周日"),
    Kind("one_shift", "一班", 18, ONE_SHIFT, ONE_SHIFT, 0.12, ONE_SHIFT, (150, 1100), 0.06, 0.28, 0.06, 0.91,
         (("C18", "服饰"), ("C24", "文体用品"), ("C23", "包装印刷"), ("C14", "食品")), 0.03, 0.40, rest_day="周六周日"),
    Kind("office", "行政班", 12, OFFICE, OFFICE, 0.25, OFFICE, (180, 1300), 0.12, 0.75, 0.02, 0.95,
         (("K70", "商务楼宇"), ("I65", "软件园"), ("M73", "研发中心")), 0.05, 0.30, rest_day="周六周日"),
    Kind("mall", "营业", 6, MALL, MALL, 1.1, MALL, (500, 2400), 0.10, 0.80, 0.02, 0.94,
         (("F52", "购物中心"), ("H61", "大酒店"), ("F51", "家居广场")), 0.06, 0.30),
    Kind("bank", "行政班", 5, OFFICE, OFFICE, 0.4, OFFICE, (60, 280), 0.30, 0.60, 0.02, 0.95,
         (("J66", "银行营业部"),), 0.30, 0.10, ProtectedClass.PUBLIC_SERVICE),
    Kind("hospital", "全天", 3, HOSPITAL, HOSPITAL, 0.85, HOSPITAL, (700, 2200), 0.20, 0.55, 0.02, 0.94,
         (("Q84", "医院"),), 0.55, 0.05, ProtectedClass.PUBLIC_SERVICE),
    Kind("data_centre", "全天", 3, FLAT, FLAT, 1.0, FLAT, (1200, 3800), 0.30, 0.18, 0.01, 0.97,
         (("I64", "数据中心"),), 0.60, 0.05, ProtectedClass.COMMAND),
    Kind("cold_store", "全天", 3, COLD_STORE, COLD_STORE, 0.92, FLAT, (350, 1200), 0.25, 0.40, 0.10, 0.90,
         (("G59", "冷链物流"),), 0.30, 0.40),
    Kind("school", "行政班", 4, SCHOOL, SCHOOL, 0.3, SCHOOL, (150, 700), 0.12, 0.70, 0.03, 0.94,
         (("P83", "学校"),), 0.08, 0.20, ProtectedClass.PUBLIC_SERVICE),
)  # fmt: skip

#: The unmonitored remainder: homes and small shops behind the boundary meters, as shares of the monitored level.
REMAINDER: tuple[Kind, ...] = (
    Kind("homes", "", 0, HOMES, HOMES, 1.08, HOMES, (0, 0), 0.10, 1.25, 0.01, 0.96, ()),
    Kind("small_shops", "", 0, SMALL_SHOPS, SMALL_SHOPS, 0.9, SMALL_SHOPS, (0, 0), 0.10, 0.70, 0.01, 0.94, ()),
)
REMAINDER_SHARE = (0.36, 0.12)


def minute_shapes(points: Sequence[Points]) -> FloatArray:
    """The shapes at each minute of the day, shape (len(points), 1440)."""
    minutes = np.arange(1440) / 60
    rows = [np.interp(minutes, [h for h, _ in shape], [v for _, v in shape]) for shape in points]
    return np.array(rows, dtype=np.float64)


def counts(n: int) -> list[int]:
    """How many of each kind a district of ``n`` has: in proportion, largest remainders first."""
    exact = [kind.count * n / 100 for kind in KINDS]
    whole = [int(x) for x in exact]
    order = sorted(range(len(KINDS)), key=lambda i: (whole[i] - exact[i], i))
    for i in order[: n - sum(whole)]:
        whole[i] += 1
    return whole
