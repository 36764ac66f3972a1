"""Texts with references in braces, as in ``{topic.sn}``, ``{meterSN}-{ch}`` or ``{now.epoch_s}``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from config.json_path import JsonPath
from config.time_format import TimeFormat

_REFERENCE = re.compile(r"\{([^{}]*)\}")
#: Names that stand for an instant, and names that stand for a text of the request.
INSTANTS = ("now", "start", "end")
WORDS = ("meter", "device")


class Reference(NamedTuple):
    """kind topic: a named part of the topic; instant: ``name`` in ``format``; word: ``name``; path: of the payload."""

    text: str
    kind: Literal["topic", "instant", "word", "path"]
    name: str
    format: TimeFormat | None = None
    path: JsonPath | None = None


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """``parts`` are plain texts and references in turn."""

    parts: tuple[str | Reference, ...]

    @classmethod
    def parse(cls, text: str, *, instants: tuple[str, ...] = ()) -> TextTemplate:
        """``instants``: which of now, start, end, meter, device mean something here. Raises ValueError."""
        return _parsed(text, instants)

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @property
    def only(self) -> Reference | None:
        """The reference, where the text is one reference and nothing else."""
        first = self.parts[0] if len(self.parts) == 1 else None
        return first if isinstance(first, Reference) else None


@lru_cache(maxsize=1024)
def _parsed(text: str, instants: tuple[str, ...]) -> TextTemplate:
    if bare := [sign for sign in "{}" if sign in _REFERENCE.sub("", text)]:
        raise ValueError(f"{text!r}: {bare[0]} without its other half; a reference is written {{name}}")
    parts: list[str | Reference] = []
    at = 0
    for found in _REFERENCE.finditer(text):
        parts += [text[at : found.start()], _reference(found[1], instants)]
        at = found.end()
    return TextTemplate(tuple(part for part in (*parts, text[at:]) if part != ""))


def _reference(text: str, allowed: tuple[str, ...]) -> Reference:
    head, _, tail = text.partition(".")
    if head == "topic" and tail:
        return Reference(text, "topic", tail)
    if head in INSTANTS and head in allowed:
        return Reference(text, "instant", head, format=TimeFormat(tail or "iso"))
    if text in WORDS and text in allowed:
        return Reference(text, "word", text)
    return Reference(text, "path", text, path=JsonPath.parse(text))


def wanted_topic_parts(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        found |= {r.name for r in TextTemplate.parse(text, instants=INSTANTS + WORDS).references if r.kind == "topic"}
    return found
