"""``mapping``: what a payload of another maker's device becomes, and why."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.markup import escape
from rich.table import Table

from app.commands.options import AsJson, Config, settings_from, terminal
from config.mappings import Mapping, load_mapping, shipped_names
from config.time_format import TimeFormat
from domain.errors import Invalid
from ingest.codecs.mapped_trial import Trial, try_payload

app = typer.Typer(no_args_is_help=True, help="Devices of other makers. 其他厂家设备的映射")
File = Annotated[str, typer.Argument(help="A shipped mapping by name, or a path of a .toml file. 映射文件")]
Sample = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="A payload as the device sent it. 报文样例")]
Topic = Annotated[str, typer.Option(help="The topic it came on; made up from the rules where it is not given. 主题")]


class MappingOut(BaseModel):
    """A mapping file: filters: what ingest subscribes to; answers: topics whose messages are answered."""

    name: str
    title: str
    source: str
    filters: list[str]
    answers: list[str]
    history: bool
    in_use: bool

    @classmethod
    def of(cls, mapping: Mapping, *, in_use: bool) -> MappingOut:
        table = mapping.table
        return cls(
            name=mapping.name,
            title=table.title,
            source=table.source,
            filters=list(table.filters),
            answers=list(dict.fromkeys(message.topic for message in table.message if message.reply is not None)),
            history=table.history is not None,
            in_use=in_use,
        )


class MappingList(BaseModel):
    items: list[MappingOut]


class StepOut(BaseModel):
    field: str
    path: str
    raw: Any
    how: str
    result: Any


class ReadingOut(BaseModel):
    meter: str
    at: str
    ts_ms: int
    values: dict[str, float]
    quality: str | None
    multiplied: bool | None


class RefusedOut(BaseModel):
    reason: str
    detail: str


class AnswerOut(BaseModel):
    topic: str
    payload: str


class TrialOut(BaseModel):
    """error: why nothing is read; refused: elements of the message; ignored: leaves of the payload nothing looks at."""

    topic: str
    topic_made_up: bool
    rule: str | None
    speaker: str | None
    steps: list[StepOut]
    readings: list[ReadingOut]
    ignored: list[str]
    passed_over: int
    refused: list[RefusedOut]
    replies: list[AnswerOut]
    error: RefusedOut | None


@app.command("list")
def list_mappings(config: Config = None, as_json: AsJson = False) -> None:
    """The shipped mappings, and those the settings use. 列出"""
    used = settings_from(config).mqtt.mappings
    names = dict.fromkeys((*shipped_names(), *used))
    rows = [MappingOut.of(load_mapping(name), in_use=name in used) for name in names]
    if as_json:
        typer.echo(MappingList(items=rows).model_dump_json(indent=2))
        return
    table = Table("name 名称", "title 说明", "subscribes to 订阅", "answers 应答", "history 补采", "in use 启用")
    for row in rows:
        table.add_row(
            row.name,
            row.title,
            "\n".join(row.filters),
            "\n".join(row.answers) or "-",
            "✓" if row.history else "-",
            "✓" if row.in_use else "",
        )
    terminal().print(table)
    typer.echo('switch one on with mqtt.mappings = ["name"]; docs/mappings.md says how to write your own 启用方法')


@app.command("test")
def try_sample(
    file: File,
    sample: Sample,
    topic: Topic = "",
    received: Annotated[str, typer.Option(help="When ingest received it, ISO 8601; now if not given. 接收时刻")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show step by step what a payload becomes, what was ignored and what was refused. 试读报文"""
    settings = settings_from(config)
    mapping = load_mapping(file)
    payload = sample.read_bytes()
    trial = try_payload(
        mapping,
        payload,
        topic=topic,
        zone=settings.district.timezone,
        received_ms=_instant(received),
        max_bytes=settings.mqtt.max_payload_bytes,
    )
    if as_json:
        typer.echo(TrialOut.model_validate(trial.plain()).model_dump_json(indent=2))
    else:
        _print(trial)
    if trial.error:
        raise Invalid(f"nothing is read 无法读取: {trial.error[0]}: {trial.error[1]}")


def _instant(text: str) -> int:
    if not text:
        return time.time_ns() // 1_000_000
    try:
        return TimeFormat("iso").read(text, "UTC")
    except ValueError as error:
        raise Invalid(f"--received: {error}") from None


def _print(trial: Trial) -> None:
    out = terminal()
    made_up = " (made up from the rules 由规则生成)" if trial.topic_made_up else ""
    typer.echo(f"topic 主题: {trial.topic}{made_up}")
    if trial.rule:
        typer.echo(f"rule 规则: {trial.rule}")
    if trial.speaker:
        typer.echo(f"speaks 发送方: {trial.speaker} (the registry says for which meters 由台账决定可上报的计量点)")
    if trial.steps:
        table = Table("field 项目", "path 路径", "raw 原值", "conversion 换算", "result 结果")
        for step in trial.steps:
            table.add_row(
                *(escape(text) for text in (step.field, step.path, _short(step.raw), step.how, _short(step.result)))
            )
        out.print(table)
    for reading in trial.readings:
        values = ", ".join(f"{name} = {value:.12g}" for name, value in reading["values"].items())
        quality = f", quality {reading['quality']}" if reading["quality"] else ""
        typer.echo(f"reading 读数: {reading['meter']} at {reading['at']}: {values}{quality}")
    if trial.ignored:
        typer.echo(f"ignored 忽略: {', '.join(trial.ignored)}")
    if trial.passed_over:
        typer.echo(f"passed over 略过: {trial.passed_over} elements that no quantity of the rule is about")
    for reason, detail in trial.refused:
        typer.echo(f"refused 拒绝: {reason}: {detail}")
    for where, body in trial.replies:
        typer.echo(f"answer 应答: {where} {body}")
    if not trial.readings and not trial.error:
        typer.echo("no reading comes of this message 本报文不产生读数")


def _short(value: object) -> str:
    if value is None:
        return "-"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
