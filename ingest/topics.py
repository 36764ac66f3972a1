"""Topics of the district: what ingest subscribes to, and who a topic says is speaking."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from domain.errors import Invalid
from domain.ids import parse_enterprise_id, parse_gateway_id, parse_meter_id
from ingest.codecs.columns import DecodeError

PREFIX = "yingfeng/v1"


class Topic(NamedTuple):
    """Either a meter of an enterprise, or a gateway."""

    enterprise: str | None
    meter: str | None
    gateway: str | None


def base(district: str) -> str:
    return f"{PREFIX}/{district}"


def reading_topic(district: str, enterprise: str, meter: str) -> str:
    return f"{PREFIX}/{district}/enterprise/{enterprise}/{meter}/reading"


def gateway_topic(district: str, gateway: str) -> str:
    return f"{PREFIX}/{district}/gateway/{gateway}/readings"


def event_topic(district: str, kind: str) -> str:
    return f"{PREFIX}/{district}/event/{kind}"


def notice_topic(district: str, enterprise: str) -> str:
    """Down to an enterprise, and to nobody else."""
    return f"{PREFIX}/{district}/enterprise/{enterprise}/notice"


def reply_topic(district: str, enterprise: str) -> str:
    return f"{PREFIX}/{district}/enterprise/{enterprise}/reply"


def reply_filter(district: str) -> str:
    return reply_topic(district, "+")


def replying(topic: str, district: str) -> str | None:
    """The enterprise whose answer this topic carries; None for everything else."""
    before, _, rest = topic.partition(f"{base(district)}/enterprise/")
    enterprise, _, last = rest.partition("/")
    if before or last != "reply":
        return None
    try:
        return parse_enterprise_id(enterprise)
    except Invalid:
        return None


def reading_filters(district: str) -> tuple[str, str]:
    return f"{base(district)}/enterprise/+/+/reading", f"{base(district)}/gateway/+/readings"


def notice_filters(district: str) -> tuple[str, str]:
    return f"{base(district)}/weather", f"{base(district)}/event/#"


def notice_kind(topic: str, district: str) -> str | None:
    """``weather``, or the type of an event; None for everything else."""
    rest = topic.removeprefix(base(district) + "/")
    if rest == "weather":
        return "weather"
    return rest.removeprefix("event/") if rest.startswith("event/") else None


# Every meter repeats its topic for ever; refusals are not cached, so strangers cannot push the known ones out.
@lru_cache(maxsize=200_000)
def parse_topic(topic: str, district: str) -> Topic:
    """Who speaks on this topic, or DecodeError."""
    parts = topic.split("/")
    if parts[:3] != [*PREFIX.split("/"), district]:
        raise DecodeError("foreign_topic", f"topic {topic[:120]!r} does not begin with {base(district)}/")
    try:
        if len(parts) == 7 and parts[3] == "enterprise" and parts[6] == "reading":
            return Topic(parse_enterprise_id(parts[4]), parse_meter_id(parts[5]), None)
        if len(parts) == 6 and parts[3] == "gateway" and parts[5] == "readings":
            return Topic(None, None, parse_gateway_id(parts[4]))
    except Invalid as error:
        raise DecodeError("bad_id", str(error)[:200]) from None
    raise DecodeError("foreign_topic", f"topic {topic[:120]!r} is not one that carries readings")
