"""复盘 of a day, as it is told: the curves, the moments, and what the peak would have been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from response.dr.review_moments import Moment


@dataclass(frozen=True, slots=True)
class Review:
    """ts_ms : block starts of the day; load_kw measured, reduction_kw by events and orders, None = not known [kW]

    band_kw : half width of the 80 % band of restored load, from the scatter of the sample days
    peak_kw, peak_ms : measured; restored_peak_kw : without measures the peak would have been this, low...high its band,
    None at a peak that no event stands behind
    """

    day: date
    scope: str
    ts_ms: tuple[int, ...]
    load_kw: tuple[float | None, ...]
    reduction_kw: tuple[float, ...]
    band_kw: tuple[float, ...]
    peak_kw: float | None
    peak_ms: int | None
    restored_peak_kw: float | None
    restored_low_kw: float | None
    restored_high_kw: float | None
    restored_peak_ms: int | None
    coverage: float
    moments: tuple[Moment, ...]
    drill: bool

    @property
    def restored_kw(self) -> tuple[float | None, ...]:
        return tuple(
            None if load is None else load + cut for load, cut in zip(self.load_kw, self.reduction_kw, strict=True)
        )

    @property
    def text(self) -> str:
        if self.restored_peak_kw is None or self.peak_kw is None:
            return "负荷数据不足 / insufficient data"
        zh = en = ""
        if self.restored_low_kw is not None and self.restored_high_kw is not None:
            low, high = f"{self.restored_low_kw:,.0f}", f"{self.restored_high_kw:,.0f}"
            zh, en = f"（{low}~{high}）", f" ({low} to {high})"
        return (
            f"如无措施，最高负荷约 {self.restored_peak_kw:,.0f} kW{zh}，实际 {self.peak_kw:,.0f} kW / "
            f"without measures the peak would have been {self.restored_peak_kw:,.0f} kW{en}; "
            f"it was {self.peak_kw:,.0f} kW"
        )
