"""``--json`` is a contract: the schemas in docs are those of the models that are printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from api.schemas.backfill import BackfillList
from api.schemas.base import PageOut
from api.schemas.dr import EventList, EventOut, SelectionOut
from api.schemas.dr_pace import PaceOut
from api.schemas.dr_records import ContractList, GrantList
from api.schemas.dr_settlement import CheckOut, ObjectionList, SettlementList
from api.schemas.duty import ContactCheckOut, ShiftList
from api.schemas.exchanges import ExchangeList
from api.schemas.executions import ExecutionOut
from api.schemas.forecast import ForecastOut, ScoresList
from api.schemas.intensity import IntensityOut
from api.schemas.load import CurrentOut, CurveOut, IndicesList, PeakOut, RevisionsList
from api.schemas.notices import NoticeList, WhyList
from api.schemas.orderly_gap import GapOut
from api.schemas.orderly_lists import AllocationOut
from api.schemas.orderly_plans import PlanChanges, PlanCheckOut, PlanImportOut, PlanList
from api.schemas.orders import OrderList
from api.schemas.potential import PotentialsOut
from api.schemas.quality import QualityDayOut
from api.schemas.reports import DifferenceList, KindList, ReportOut, SendingOut, VersionOut
from api.schemas.review import ReviewOut
from api.schemas.seasons import RehearsalList, SeasonOut
from api.schemas.vee import FlagList, VeeDayOut
from api.schemas.weather import WeatherOut
from app.commands.journal import JournalList
from app.commands.mapping import MappingList, TrialOut
from monitor.analysis_answers import (
    Characteristics,
    Coincidence,
    CoolingReport,
    DriftReport,
    DurationCurve,
    PowerFactors,
    ShapeReport,
    TariffSplit,
)
from monitor.baseline_answers import BaselineReports, CourtReport, MethodList
from response.intensity.benchmarks import Ranking
from response.intensity.carbon import Co2Answer
from response.intensity.desk import ScopeList
from response.intensity.explain import Explanation
from response.intensity.key_users import KeyUser
from response.intensity.outlook import Outlook
from response.intensity.products import ProductJudged
from response.intensity.progress import TargetProgress
from response.intensity.review_answers import ProjectFollowed, RegionAnswer

SCHEMAS: dict[str, type[object]] = {
    "backfill": BackfillList,
    "notices-list": NoticeList,
    "notices-why": WhyList,
    "notices-contact-check": ContactCheckOut,
    "notices-roster": ShiftList,
    "mapping-list": MappingList,
    "mapping-test": TrialOut,
    "baselines-compute": BaselineReports,
    "meter-exchange-list": ExchangeList,
    "baselines-list": MethodList,
    "baselines-score": CourtReport,
    "journal": JournalList,
    "load-characteristics": Characteristics,
    "load-coincidence": Coincidence,
    "load-cooling": CoolingReport,
    "load-current": CurrentOut,
    "load-curve": CurveOut,
    "load-drift": DriftReport,
    "load-duration": DurationCurve,
    "load-indices": IndicesList,
    "load-peaks": PeakOut,
    "load-power-factor": PowerFactors,
    "load-shapes": ShapeReport,
    "load-tou": TariffSplit,
    "orderly-allocate": AllocationOut,
    "orderly-execution": ExecutionOut,
    "orderly-gap": GapOut,
    "orderly-orders": OrderList,
    "orderly-season": SeasonOut,
    "orderly-rehearse": RehearsalList,
    "orderly-plan-list": PlanList,
    "orderly-plan-import": PlanImportOut,
    "orderly-plan-check": PlanCheckOut,
    "orderly-plan-diff": PlanChanges,
    "potential": PotentialsOut,
    "quality": QualityDayOut,
    "weather-show": WeatherOut,
    "load-revisions": RevisionsList,
    "dr-candidates": SelectionOut,
    "dr-contracts": ContractList,
    "dr-event": EventOut,
    "dr-grants": GrantList,
    "dr-list": EventList,
    "dr-objections": ObjectionList,
    "dr-review": ReviewOut,
    "dr-settle": SettlementList,
    "dr-status": PaceOut,
    "dr-verify": CheckOut,
    "forecast": ForecastOut,
    "forecast-scores": ScoresList,
    "intensity-show": IntensityOut,
    "intensity-co2": Co2Answer,
    "intensity-explain": Explanation,
    "intensity-key-users": tuple[KeyUser, ...],
    "intensity-products": tuple[ProductJudged, ...],
    "intensity-outlook": tuple[Outlook, ...],
    "intensity-progress": TargetProgress,
    "intensity-rank": Ranking,
    "intensity-region": RegionAnswer,
    "intensity-review": tuple[ProjectFollowed, ...],
    "intensity-scope": ScopeList,
    "report-diff": DifferenceList,
    "report-kinds": KindList,
    "report-list": PageOut[VersionOut],
    "report-sent": PageOut[SendingOut],
    "report-show": ReportOut,
    "vee-flags": FlagList,
    "vee-show": VeeDayOut,
}
FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


def schema_text(model: type[object]) -> str:
    return json.dumps(TypeAdapter(model).json_schema(mode="serialization"), ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_documented_schema_is_the_one_that_is_printed(name: str) -> None:
    file = FOLDER / f"{name}.json"
    assert file.read_text(encoding="utf-8") == schema_text(SCHEMAS[name]), (
        f"write the new schema to {file} and tell users"
    )


def test_no_schema_stands_without_a_command() -> None:
    assert {f.stem for f in FOLDER.glob("*.json")} == set(SCHEMAS)
