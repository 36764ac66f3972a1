"""Paths into decoded JSON, as mapping files write them: ``data.meters[0].P``, ``point[id=13].val``, ``"ts "``.

A path is compiled once and then only follows its own steps, so no payload can make it slow or deep. It begins at the
element under way; ``$`` begins at the whole message, ``^`` at the element around this one, ``@key`` is the element's
name or number in the list or object it stands in. ``[*]`` (each element) stands in ``items`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

#: Nothing stands there. JSON's null counts as nothing, too.
ABSENT: Final = None
#: Of a list searched by ``[member=value]``, the first so many elements are looked at.
MOST_SEARCHED = 10_000


class Find(NamedTuple):
    """The first element of a list whose ``member`` is ``value``."""

    member: str
    value: str


class Each(NamedTuple):
    """Every element of a list or object."""


class Place(NamedTuple):
    """An element under way: itself, the elements around it (the message first), and by which names and numbers the
    path came to it."""

    element: Any
    around: tuple[Any, ...]
    keys: tuple[str | int, ...]


Step = str | int | Find | Each
_STEP = re.compile(
    r'"(?P<quoted>[^"]+)"'
    r"|(?P<name>[^\s.\[\]\"=$^@*{}]+)"
    r"|\[(?P<index>-?\d{1,6})\]"
    r"|\[(?P<member>[^\[\]=\"]+)=(?P<value>[^\[\]\"]+)\]"
    r"|(?P<each>\[\*\])"
)


class TooMany(Exception):
    """A list has more elements than are taken from one message."""


def whole(message: Any) -> Place:
    return Place(message, (), ())


def same(found: Any, text: str) -> bool:
    """Whether a scalar of the payload is what a mapping file writes as text; true, false are not 1, 0."""
    if isinstance(found, bool):
        return text == ("true" if found else "false")
    return isinstance(found, str | int) and len(text) < 4000 and _text_of(found) == text


def _text_of(found: str | int) -> str:
    if isinstance(found, str):
        return found
    # Python refuses to write integers of thousands of digits.
    return str(found) if -(2**63) <= found < 2**64 else ""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """``up`` : 0 from the element, n from the n-th element around it, -1 from the message, -2 the element's key."""

    text: str
    up: int
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str, *, items: bool = False) -> JsonPath:
        """Raises ValueError with a sentence for the person who wrote it."""
        if text == "@key":
            return cls(text, -2, ())
        rest, up = text, 0
        if rest.startswith("$"):
            rest, up = rest[1:], -1
        while up >= 0 and rest.startswith("^"):
            rest, up = rest[1:], up + 1
        steps: list[Step] = []
        at = 0
        while at < len(rest):
            if rest[at] == "." and (steps or up) and at + 1 < len(rest):
                at += 1
            elif steps and rest[at] != "[":
                raise ValueError(_unreadable(text))
            found = _STEP.match(rest, at)
            if found is None:
                raise ValueError(_unreadable(text))
            steps.append(_step(found))
            at = found.end()
        if not text:
            raise ValueError("a path is empty; write for example data.P, or $ for the whole message")
        if not items and any(isinstance(step, Each) for step in steps):
            raise ValueError(f"path {text!r}: [*] stands in items only; here write an index as in [0], or [key=P]")
        return cls(text, up, tuple(steps))

    def of(self, place: Place) -> Any:
        """What stands there, or ABSENT."""
        if self.up == 0:
            found = place.element
        elif self.up == -2:
            return str(place.keys[-1]) if place.keys else ABSENT
        elif self.up == -1:
            found = place.around[0] if place.around else place.element
        elif self.up <= len(place.around):
            found = place.around[-self.up]
        else:
            return ABSENT
        for step in self.steps:
            found = _follow(found, step)
            if found is ABSENT:
                return ABSENT
        return found

    def reader(self) -> Callable[[Place], Any]:
        """``of`` as a function made once: for the usual path, one name in the element, it is a single look-up."""
        if self.up != 0 or len(self.steps) != 1 or not isinstance(self.steps[0], str):
            return self.of
        name = self.steps[0]

        def read(place: Place) -> Any:
            element = place.element
            return element.get(name) if isinstance(element, dict) else ABSENT

        return read

    def each(self, message: Any, most: int) -> list[Place]:
        """The elements this path of ``items`` names, in order. Raises TooMany beyond ``most``."""
        under_way = [(whole(message), message)]
        for step in self.steps:
            if not isinstance(step, Each):
                under_way = [(place, _follow(value, step)) for place, value in under_way]
                continue
            grown: list[tuple[Place, Any]] = []
            for place, value in under_way:
                around = (*place.around, place.element)
                if isinstance(value, list | dict) and len(grown) + len(value) > most:
                    raise TooMany(f"more than {most:,} elements at {self.text!r}")
                if isinstance(value, list):
                    grown += [(Place(one, around, (*place.keys, n)), one) for n, one in enumerate(value)]
                elif isinstance(value, dict):
                    grown += [(Place(one, around, (*place.keys, name)), one) for name, one in value.items()]
            under_way = grown
        return [place for place, _ in under_way]

    def alone(self, message: Any, keys: tuple[str | int, ...]) -> Any:
        """The message with one element where this path of ``items`` found many: what can be sent again by itself."""
        return _alone(message, self.steps, keys)


def _unreadable(text: str) -> str:
    return (
        f"path {text!r} cannot be read: names with dots between, as in data.meters[0].P; [key=P] finds an element of "
        'a list; a name with other characters stands in double quotes, as in "ts "'
    )


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["member"] is not None:
        return Find(found["member"], found["value"])
    if found["each"] is not None:
        return Each()
    return str(found["quoted"] or found["name"])


def _follow(found: Any, step: Step) -> Any:
    if isinstance(step, str):
        return found.get(step) if isinstance(found, dict) else ABSENT
    if not isinstance(found, list):
        return ABSENT
    if isinstance(step, int):
        return found[step] if -len(found) <= step < len(found) else ABSENT
    if isinstance(step, Find):
        for one in found[:MOST_SEARCHED]:
            if isinstance(one, dict) and same(one.get(step.member), step.value):
                return one
    return ABSENT


def _alone(value: Any, steps: tuple[Step, ...], keys: tuple[str | int, ...]) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, Each):
        inner = _alone(value[keys[0]], rest, keys[1:])
        return [inner] if isinstance(value, list) else {keys[0]: inner}
    if isinstance(step, str):
        return {**value, step: _alone(value[step], rest, keys)}
    return value
