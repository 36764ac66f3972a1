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
