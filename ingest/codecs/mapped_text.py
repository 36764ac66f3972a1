"""Topics, ids and payloads written from a template: the topic's parts, the payload's values and instants filled in."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any

import msgspec

from config.json_path import ABSENT, Place, whole
from config.mapping_table import HistoryRule, scalar_text
from config.text_template import Reference, TextTemplate
from ingest.codecs.columns import DecodeError
from ingest.codecs.mapped_values import shown

LONGEST_ID = 200


def history_request(
    rule: HistoryRule, parts: Table[str, str], words: Table[str, int | str], zone: str
) -> tuple[str, bytes]:
    """Topic and payload that ask a device for what it has kept; ``words`` : now, start, end [ms], meter, device."""
    place = whole(None)
    topic = str(fill(TextTemplate.parse(rule.topic), place, parts))
    return topic, msgspec.json.encode(fill_payload(rule.payload, place, parts, words, zone))


def fill(
    template: TextTemplate,
    place: Place,
    parts: Table[str, str],
    instants: Table[str, int | str] | None = None,
    zone: str = "UTC",
) -> str | int | float | bool:
    """The text with its references filled in; the value itself where it is one reference. Raises DecodeError."""
    if (only := template.only) is not None:
        return _value(only, place, parts, instants or {}, zone)
    return "".join(
        part if isinstance(part, str) else _text(_value(part, place, parts, instants or {}, zone))
        for part in template.parts
    )


def fill_payload(
    payload: Table[str, Any], place: Place, parts: Table[str, str], instants: Table[str, int | str], zone: str
) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for name, value in payload.items():
        if isinstance(value, dict):
            filled[name] = fill_payload(value, place, parts, instants, zone)
        elif isinstance(value, str):
            template = TextTemplate.parse(value, instants=tuple(instants))
            filled[name] = fill(template, place, parts, instants, zone)
        else:
            filled[name] = value
    return filled


def _text(value: str | int | float | bool) -> str:
    return scalar_text(value) if isinstance(value, bool) else str(value)


def _value(
    reference: Reference, place: Place, parts: Table[str, str], instants: Table[str, int | str], zone: str
) -> str | int | float | bool:
    if reference.kind == "topic":
        return parts[reference.name]
    if reference.kind == "instant":
        assert reference.format is not None
        return reference.format.write(int(instants[reference.name]), zone)
    if reference.kind == "word":
        return instants[reference.name]
    assert reference.path is not None
    found = reference.path.of(place)
    if found is ABSENT or isinstance(found, list | dict):
        raise DecodeError("no_meter", f"nothing that could be an id stands at {reference.text!r}: {shown(found)}")
    if isinstance(found, str) and len(found) > LONGEST_ID:
        raise DecodeError("bad_id", f"the text at {reference.text!r} has {len(found):,} characters")
    if isinstance(found, int) and not -(2**63) <= found < 2**64:
        raise DecodeError("bad_id", f"the number at {reference.text!r} is too large for an id")
    assert isinstance(found, str | int | float)
    return found
