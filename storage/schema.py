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
}
DAY_TAGS = DEMAND_TAGS
REVISION = "revision"
#: A point lies as many nanoseconds after the start of its interval as its revision.
VEE_NUMBERS = ("raw_kw", "value_kw", "revision", "at_ms")
VEE_TEXTS = ("flag", "rule", "actor")
