"""Mapping files: shipped ones by name, a site's own by path; the mistakes of all of them at once."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from config.mapping_table import MappingTable, MessageRule
from config.policy_table import mistakes_of
from config.text_template import TextTemplate
from config.topic_pattern import TopicPattern, overlap
from domain.errors import Invalid
from domain.ids import parse_meter_id

SHIPPED = files("config").joinpath("mappings")


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file: ``name`` as in the settings."""

    name: str
    table: MappingTable


def shipped_names() -> tuple[str, ...]:
    return tuple(sorted(f.name.removesuffix(".toml") for f in SHIPPED.iterdir() if f.name.endswith(".toml")))


def load_mapping(name: str) -> Mapping:
    """A shipped mapping by its name, or a file by a path that ends in .toml.

    Raises Invalid with every mistake, one a line.
    """
    if name.endswith(".toml"):
        source = Path(name)
    elif name in shipped_names():
        source = SHIPPED.joinpath(f"{name}.toml")  # type: ignore[assignment]
    else:
        raise Invalid(
            f"{name}: no mapping of this name is shipped ({', '.join(shipped_names())}); a path ends in .toml"
        )
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"{name}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{name}: not valid TOML: {error}") from error
    try:
        mapping = Mapping(name, MappingTable.model_validate(content))
    except ValidationError as error:
        raise Invalid("\n".join(mistakes_of(error, name))) from error
    if mistakes := _ids(mapping) + contradictions([mapping]):
        raise Invalid("\n".join(mistakes))
    return mapping


def load_mappings(names: Sequence[str]) -> tuple[Mapping, ...]:
    """All of them, in order, or Invalid with the mistakes of all of them."""
    found: list[Mapping] = []
    mistakes: list[str] = []
    for name in dict.fromkeys(names):
        try:
            found.append(load_mapping(name))
        except Invalid as error:
            mistakes += str(error).splitlines()
    mistakes += [m for m in contradictions(found) if m not in mistakes]
    if mistakes:
        raise Invalid("the mapping files have mistakes:\n" + "\n".join(f"  - {line}" for line in mistakes))
    return tuple(found)


def _ids(mapping: Mapping) -> list[str]:
    mistakes = []
    for device, meter in mapping.table.meters.items():
        try:
            parse_meter_id(meter)
        except Invalid as error:
            mistakes.append(f"{mapping.name}: meters.{device}: {error}")
    return mistakes


def contradictions(mappings: Sequence[Mapping]) -> list[str]:
    """What is wrong only when files, or messages of one file, are seen together."""
    rules = [(m.name, n, rule) for m in mappings for n, rule in enumerate(m.table.message)]
    mistakes = []
    for at, (name, number, rule) in enumerate(rules):
        for other, before, earlier in rules[:at]:
            if earlier.topic == rule.topic and not earlier.when and earlier != rule:
                mistakes.append(
                    f"{name}: message.{number}: is never reached: {other}: message.{before} takes every message of "
                    f"{rule.topic}; give that one a `when`"
                )
    for name, number, rule in rules:
        if rule.reply is not None and (own := _read_again(rule, [r for _, _, r in rules])):
            mistakes.append(
                f"{name}: message.{number}.reply: its topic is one that we read ourselves ({own}); an answer would be "
                "answered for ever"
            )
    return mistakes


def _read_again(rule: MessageRule, rules: Sequence[MessageRule]) -> str:
    assert rule.reply is not None
    levels = ["+" if TextTemplate.parse(level).references else level for level in rule.reply.topic.split("/")]
    return next((r.topic for r in rules if overlap("/".join(levels), TopicPattern.parse(r.topic).filter)), "")
