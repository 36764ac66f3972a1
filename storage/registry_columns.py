"""The sheets 企业, 户号 and 计量点: which heading is which attribute, and how its cells are read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.registry import (
    Account,
    DataClass,
    Enterprise,
    Meter,
    MeterRole,
    ProtectedClass,
    RestrictedClass,
    Stamp,
)
from domain.registry_checks import Version
from storage import cell_values as cells
from storage.sheet_files import heading_key

PROTECTED: Mapping[ProtectedClass, str] = {
    ProtectedClass.NONE: "",
    ProtectedClass.COMMAND: "应急指挥和党政军机关",
    ProtectedClass.SECURITY_LOAD: "危险化学品等保安负荷",
    ProtectedClass.PUBLIC_SERVICE: "重大社会活动和公共服务",
    ProtectedClass.UTILITY: "水热气等公用事业",
    ProtectedClass.LIVELIHOOD: "居民和农业生产",
    ProtectedClass.NATIONAL_KEY: "国家重点工程和军工",
}
RESTRICTED: Mapping[RestrictedClass, str] = {
    RestrictedClass.NONE: "",
    RestrictedClass.ILLEGAL_PROJECT: "违规项目",
    RestrictedClass.ELIMINATED: "淘汰类限制类",
    RestrictedClass.OVER_LIMIT: "超限额",
    RestrictedClass.LANDSCAPE_LIGHTING: "景观照明",
    RestrictedClass.TWO_HIGH: "两高",
}
ROLES: Mapping[MeterRole, str] = {
    MeterRole.MAIN: "总表",
    MeterRole.SUB: "分表",
    MeterRole.GENERATION: "发电",
    MeterRole.STORAGE: "储能",
    MeterRole.EV: "充电",
    MeterRole.BOUNDARY: "关口",
}
DATA_CLASSES: Mapping[DataClass, str] = {
    DataClass.REAL_TIME: "实时",
    DataClass.NEXT_DAY: "次日",
    DataClass.MONTHLY: "月度",
}
STAMPS: Mapping[Stamp, str] = {Stamp.START: "时段起", Stamp.END: "时段止", Stamp.INSTANT: "瞬时"}


@dataclass(frozen=True, slots=True)
class Column:
    """heading : as exported, with its unit; others : further headings that mean the same; the field's name always does.

    words : Chinese words of an enum; required : an empty cell is a mistake; blank : the value of an empty cell
    """

    field: str
    heading: str
    read: cells.Reader
    others: tuple[str, ...] = ()
    words: Mapping[Any, str] | None = None
    required: bool = False

    def written(self, value: object) -> object:
        """The value as a cell of an export."""
        if isinstance(value, bool):
            return "是" if value else "否"
        if self.words is not None and isinstance(value, StrEnum):
            return self.words[value]
        return value

    @property
    def keys(self) -> set[str]:
        return {heading_key(name) for name in (self.heading, self.field, *self.others)}


def _text(field: str, heading: str, *others: str) -> Column:
    return Column(field, heading, cells.text, others)


def _kw(field: str, heading: str, *others: str) -> Column:
    return Column(field, f"{heading}(kW)", cells.figure("kW"), others)


def _kwh(field: str, heading: str, *others: str) -> Column:
    return Column(field, f"{heading}(kWh)", cells.figure("kWh"), others)


def _flag(field: str, heading: str, *others: str) -> Column:
    return Column(field, heading, cells.yes_or_nothing, others)


VALID_FROM = Column("valid_from", "生效日期", cells.day, ("effective_date",))

ENTERPRISE_COLUMNS = (
    Column("id", "企业编号", cells.identifier, ("enterprise",), required=True),
    VALID_FROM,
    _text("name", "企业名称", "用户名称"),
    Column("credit_code", "统一社会信用代码", cells.identifier, ("信用代码",)),
    _text("street", "所在街道", "街道"),
    _text("sector", "行业", "行业类别", "行业代码"),
    _text("shifts", "生产班次", "班次"),
    _text("rest_day", "轮休日"),
    _kw("security_load_kw", "保安负荷"),
    _kw("main_production_kw", "主要生产负荷"),
    _kw("auxiliary_kw", "辅助生产负荷", "辅助生产"),
    _kw("non_production_kw", "非生产负荷", "非生产"),
    _kw("shiftable_kw", "可错峰负荷", "可错峰"),
    _kw("avoidable_kw", "可避峰负荷", "可避峰"),
    _kw("curtailable_kw", "可限负荷", "可限"),
    _kw("lighting_kw", "景观照明负荷", "景观照明"),
    _kw("storage_kw", "储能放电功率", "储能功率"),
    _kwh("storage_kwh", "储能可用容量", "储能容量"),
    _kw("summer_max_kw", "夏季最大负荷", "近三年夏季最大负荷"),
    _kw("summer_max_day_mean_kw", "夏季最大负荷日平均负荷"),
    _kw("winter_max_kw", "冬季最大负荷", "近三年冬季最大负荷"),
    _kw("winter_max_day_mean_kw", "冬季最大负荷日平均负荷"),
    _text("plan_level", "所列等级", "等级"),
    _kw("level_reduction_kw", "每级压降", "压降负荷"),
    _text("measure", "措施设备"),
    _text("measure_hours", "错避峰时段"),
    Column("protected_class", "保护类别", cells.one_of(ProtectedClass, PROTECTED), words=PROTECTED),
    Column("restricted_class", "限制类别", cells.one_of(RestrictedClass, RESTRICTED), words=RESTRICTED),
    _flag("two_high", "是否两高", "两高"),
    _flag("limit_exceeded", "是否超限额"),
    _flag("dr_contract", "是否需求响应签约", "需求响应签约"),
    _kw("dr_contract_kw", "约定量"),
    _flag("remote_controllable", "是否远程可控", "远程可控"),
    _text("responsibility_letter", "责任书编号"),
    _flag("closed", "是否迁出", "迁出", "已注销"),
)
ACCOUNT_COLUMNS = (
    Column("id", "户号", cells.identifier, ("account", "用户编号"), required=True),
    VALID_FROM,
    Column("enterprise", "企业编号", cells.identifier, required=True),
    _text("substation", "变电站"),
    _text("feeder", "供电线路", "线路"),
    Column("voltage_kv", "电压等级(kV)", cells.figure("kV")),
    Column("contract_capacity_kva", "合同容量(kVA)", cells.figure("kVA")),
    Column("running_capacity_kva", "运行容量(kVA)", cells.figure("kVA")),
    _kw("approved_demand_kw", "核定需量"),
    _flag("closed", "是否销户", "销户"),
)
METER_COLUMNS = (
    Column("id", "计量点编号", cells.identifier, ("meter", "表号", "计量点"), required=True),
    VALID_FROM,
    Column("account", "户号", cells.optional_identifier),
    Column("role", "类型", cells.one_of(MeterRole, ROLES), ("计量点类型",), words=ROLES),
    Column("data_class", "数据类别", cells.one_of(DataClass, DATA_CLASSES), words=DATA_CLASSES),
    Column("interval_s", "采集间隔(s)", cells.interval_s),
    Column("stamp", "时标", cells.one_of(Stamp, STAMPS), words=STAMPS),
    Column("multiplier", "倍率", cells.positive("")),
    Column("primary_values", "是否一次值", cells.yes_or_no, ("一次值",)),
    Column("register_modulus_kwh", "表底模数(kWh)", cells.positive("kWh")),
    Column("gateway", "网关", cells.optional_identifier),
    Column("landlord", "转供房东", cells.optional_identifier, ("房东",)),
    Column("in_service", "是否在用", cells.yes_or_no, ("在用",)),
)


@dataclass(frozen=True, slots=True)
class SheetKind:
    """One of the three sheets. ``kind`` is the word ``domain.registry_checks`` uses."""

    kind: str
    entity: type[Version]
    name: str
    others: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> set[str]:
        return {heading_key(name) for name in (self.name, *self.others)}

    def column_of(self, heading: str) -> Column | None:
        key = heading_key(heading)
        return next((column for column in self.columns if key in column.keys), None)


ENTERPRISES = SheetKind("enterprise", Enterprise, "企业", ("enterprises", "企业台账", "企业信息"), ENTERPRISE_COLUMNS)
ACCOUNTS = SheetKind("account", Account, "户号", ("accounts", "户号台账", "用电户"), ACCOUNT_COLUMNS)
METERS = SheetKind("meter", Meter, "计量点", ("meters", "计量点台账", "电表"), METER_COLUMNS)
KINDS = (ENTERPRISES, ACCOUNTS, METERS)
