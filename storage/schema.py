"""Names in the time-series store. Grafana dashboards read them from here."""

from domain.readings import QUANTITIES

READING = "reading"
READING_TAG = "meter"
READING_FIELDS = QUANTITIES
QUALITY = "quality"
RECEIVED = "received_ms"

DEMAND = "demand_15m"
DEMAND_TAGS = ("scope", "id")
DEMAND_FIELDS = (
    "demand_kw",
    "energy_kwh",
    "coverage",
    "estimate_kw",
    "estimate_low_kw",
    "estimate_high_kw",
    "revision",
)

VEE = "vee"
VEE_TAG = "meter"

#: One row a scope and local day, its instant the start of the day: what questions over years read instead of blocks.
LOAD_DAY = "load_1d"
QUALITY_DAY = "quality_1d"
#: Rows of the same form, one a scope and block: what the newest morning's forecast said of it, for the boards. The
#: ledger keeps every issue.
FORECAST = "forecast_15m"
#: Like the rows of days, a row a month, its instant the start of the month.
INTENSITY_MONTH = "intensity_1m"
#: Of the night: how a site uses power and what a degree draws; its instant is the start of the last day read.
SITE_DAY = "site_1d"
#: What could be taken off in each hour of the day that follows.
POTENTIAL = "potential_1h"
#: What the last day would have been by the first official method and by the last of the policy, block by block.
BASELINE = "baseline_15m"
#: Orders of orderly use block by block: of each enterprise, and of the judged together.
ORDER = "order_15m"
DAY_SERIES: dict[str, tuple[str, ...]] = {
    LOAD_DAY: (
        "maximum_kw",
        "maximum_ms",
        "minimum_kw",
        "minimum_ms",
        "mean_kw",
        "energy_kwh",
        "completeness",
        "ok_maximum_kw",
        "ok_maximum_ms",
        "block_revisions",
    ),
    QUALITY_DAY: (
        "completeness",
        "online_rate",
        "success_rate",
        "timely_rate",
        "clock_rate",
        "monthly_deviation",
        "expected",
        "received",
    ),
    FORECAST: ("p10_kw", "p50_kw", "p90_kw", "issued_ms"),
    INTENSITY_MONTH: (
        "energy_equivalent_tce",
        "energy_calorific_tce",
        "electricity_kwh",
        "value_added_10k_cny",
        "intensity_equivalent",
        "intensity_calorific",
        "electricity_intensity_kwh",
        "change_equivalent",
    ),
    SITE_DAY: (
        "load_factor",
        "weekend_ratio",
        "night_ratio",
        "cooling_kw_per_c",
        "cooling_low_kw_per_c",
        "cooling_high_kw_per_c",
        "hot_day_kw",
        "hot_day_low_kw",
        "hot_day_high_kw",
        "hot_day_cooling_kw",
    ),
    POTENTIAL: ("shed_kw", "shift_kw", "confidence"),
    BASELINE: ("official_kw", "combined_kw"),
    ORDER: ("baseline_kw", "target_kw", "load_kw", "ordered_kw", "reduction_kw", "missing_kw", "rate", "in_place"),
}
DAY_TAGS = DEMAND_TAGS
REVISION = "revision"
#: A point lies as many nanoseconds after the start of its interval as its revision.
VEE_NUMBERS = ("raw_kw", "value_kw", "revision", "at_ms")
VEE_TEXTS = ("flag", "rule", "actor")
