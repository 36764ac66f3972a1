"""Wire form of an order carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire, local, local_or_none
from response.orderly.execution_answers import EnterpriseExecution, OrderExecution


class EnterpriseExecutionOut(Wire):
    enterprise: str
    name: str
    target: str
    order_kw: float
    standing: str = Field(examples=["not_reducing"])
    baseline_kw: float | None
    target_kw: float | None
    load_kw: float | None
    ordered_kw: float | None
    reduction_kw: float | None
    missing_kw: float
    mean_ordered_kw: float | None = Field(description="over the due points that are valid")
    mean_reduction_kw: float | None
    now_kw: float | None = Field(description="of the minute now_at, between two points: provisional, judges nothing")
    now_at: datetime | None
    now_missing_kw: float | None
    rate: float | None = Field(description="its own 执行率, points capped at what was ordered")
    in_place: bool | None
    timeliness_min: float | None
    excess_kwh: float
    reduction_kwh: float
    valid_points: int
    due_points: int
    below_security: bool
    contact: str
    phone: str

    @classmethod
    def of(cls, item: EnterpriseExecution, zone: ZoneInfo) -> Self:
        own = {name: getattr(item, name) for name in cls.model_fields}
        return cls(**own | {"standing": item.standing.word, "now_at": local_or_none(item.now_at, zone)})


class ExecutionOut(Wire):
    order: str
    at: datetime
    due_points: int
    points: int
    total_rate: float | None = Field(description="执行率; null while nobody can be judged")
    in_place_rate: float | None = Field(description="到位率")
    valid_share: float | None
    total_ordered_kw: float
    total_reduction_kw: float
    ordered: int
    judged: int
    pending: int = Field(description="meters read the next day")
    already_below: int = Field(description="below their cap without doing anything: in no denominator")
    excess_kwh: float = Field(description="超用电量")
    baseline_method: str
    baseline_at: datetime | None
    baseline_age_days: int | None
    old_baseline: bool
    items: list[EnterpriseExecutionOut]
    call_now: list[str] = Field(description="enterprises to call, the largest missing kW first")

    @classmethod
    def of(cls, found: OrderExecution, zone: ZoneInfo) -> Self:
        own = {name: getattr(found, name) for name in cls.model_fields if hasattr(found, name)}
        own |= {
            "order": found.order.id,
            "at": local(found.at, zone),
            "baseline_at": local_or_none(found.baseline_at, zone),
            "items": [EnterpriseExecutionOut.of(item, zone) for item in found.items],
            "call_now": [item.enterprise for item in found.call_now],
        }
        return cls(**own)
