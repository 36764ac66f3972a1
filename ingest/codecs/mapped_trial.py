"""Trying a mapping on one payload: each step from payload to reading, for the person who writes the mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from config.json_path import Find, JsonPath
from config.mappings import Mapping
from config.time_format import TimeFormat
from domain.readings import QUANTITIES
from ingest.codecs.columns import Decoded, DecodeError
from ingest.codecs.mapped import MappedCodec, read_json
from ingest.codecs.mapped_message import MappedMessage
from ingest.codecs.told import Told

#: More steps or leaves than these are cut off: a person reads them.
MOST_SHOWN = 200


@dataclass(slots=True)
class Trial:
    """error: reason and detail where the message as a whole is refused; refused: of its elements."""

    topic: str
    topic_made_up: bool
    rule: str = ""
    speaker: str = ""
    steps: list[Told] = field(default_factory=list)
    readings: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    passed_over: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    error: tuple[str, str] | None = None

    def plain(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "topic_made_up": self.topic_made_up,
            "rule": self.rule or None,
            "speaker": self.speaker or None,
            "steps": [step._asdict() for step in self.steps],
            "readings": self.readings,
            "ignored": self.ignored,
            "passed_over": self.passed_over,
            "refused": [{"reason": reason, "detail": detail} for reason, detail in self.refused],
            "replies": [{"topic": topic, "payload": body} for topic, body in self.replies],
            "error": {"reason": self.error[0], "detail": self.error[1]} if self.error else None,
        }


def try_payload(
    mapping: Mapping, payload: bytes, *, topic: str, zone: str, received_ms: int, max_bytes: int = 1_000_000
) -> Trial:
    """``topic`` empty: one is made up from the first rule whose ``when`` fits the payload."""
    codec = MappedCodec([mapping], zone)
    trial = Trial(topic or _made_up(mapping, payload, zone), not topic)

    def witness(told: Told) -> None:
        if len(trial.steps) < MOST_SHOWN:
            trial.steps.append(told)

    try:
        content = read_json(payload)
        message = next((m for m, _ in codec.fitting(trial.topic) if m.fits(content)), None)
        if message is not None:
            trial.rule = f"{mapping.name} message.{message.number}: {message.rule.topic}"
            trial.ignored = sorted(set(_leaves(content)) - _read(message))[:MOST_SHOWN]
        decoded = codec.decode(trial.topic, payload, received_ms, max_bytes=max_bytes, witness=witness)
    except DecodeError as error:
        trial.error = (error.reason, error.detail)
        return trial
    _tell(trial, decoded, zone)
    return trial


def _tell(trial: Trial, decoded: Decoded, zone: str) -> None:
    trial.passed_over = decoded.unknown
    if decoded.enterprise or decoded.gateway:
        trial.speaker = f"enterprise {decoded.enterprise}" if decoded.enterprise else f"gateway {decoded.gateway}"
    columns = decoded.columns
    for row, meter in enumerate(columns.meter):
        values = zip(QUANTITIES, columns.values[row], strict=True)
        trial.readings.append(
            {
                "meter": meter,
                "at": TimeFormat("iso").write(columns.ts_ms[row], zone),
                "ts_ms": columns.ts_ms[row],
                "values": {name: value for name, value in values if value is not None},
                "quality": columns.quality[row],
                "multiplied": columns.multiplied[row],
            }
        )
    trial.refused = [(reject.reason, reject.detail) for reject in decoded.rejects]
    trial.replies = [(reply.topic, reply.payload.decode()) for reply in decoded.replies]


def _made_up(mapping: Mapping, payload: bytes, zone: str) -> str:
    """A topic of the rule that would read the payload, with stand-ins for its named parts."""
    try:
        content = read_json(payload)
    except DecodeError:
        content = None
    rules = [MappedMessage(mapping, number, zone) for number in range(len(mapping.table.message))]
    carrying = sorted(rules, key=lambda rule: not rule.quantities)
    rule = next((rule for rule in carrying if rule.fits(content)), carrying[0])
    return re.sub(r"\{(\w+)\}", lambda name: f"{name[1].upper()}1", rule.rule.topic)


def _leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Paths of everything in the payload that is no list or object; the elements of a list as one, ``[*]``."""
    if depth > 20:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for inner in value[:MOST_SHOWN]:
            yield from _leaves(inner, f"{path}[*]", depth + 1)
    else:
        yield path


def _read(message: MappedMessage) -> set[str]:
    """The leaves a rule reads, in the words of ``_leaves``."""
    rule = message.rule
    texts = [q.path for q in rule.quantity] + [p for q in rule.quantity for p in (*q.times, q.unit_path, *q.where) if p]
    texts += [q.path for q in rule.quality] + ([rule.time.path] if rule.time and rule.time.path else [])
    texts += [rule.multiplied_path] if rule.multiplied_path else []
    texts += [found for found in re.findall(r"\{([^{}]*)\}", rule.meter) if not found.startswith("topic.")]
    prefix = _plain(message.items) if message.items is not None else ""
    found = {_plain(JsonPath.parse(path)) for path in rule.when}
    for text in texts:
        path = JsonPath.parse(text)
        around = prefix
        for _ in range(max(0, path.up)):
            around = around.rpartition("[*]")[0].rpartition("[*]")[0] + ("[*]" if "[*]" in around[:-3] else "")
        found.add(_joined("" if path.up == -1 else around, _plain(path)))
        found |= {_joined(around, member) for member in _members(path)}
    return found


def _joined(one: str, other: str) -> str:
    return one + other if not one or not other or other.startswith("[") else f"{one}.{other}"


def _plain(path: JsonPath) -> str:
    text = ""
    for step in path.steps:
        text = _joined(text, step if isinstance(step, str) else "[*]")
    return text


def _members(path: JsonPath) -> Iterator[str]:
    """What ``[member=value]`` looks at."""
    text = ""
    for step in path.steps:
        if isinstance(step, Find):
            yield f"{text}[*].{step.member}"
        text = _joined(text, step if isinstance(step, str) else "[*]")
