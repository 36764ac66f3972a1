"""Topics with named parts, as in ``/gw/acrelHW/{product}/data/{sn}`` or ``acme/{id}-post``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)
#: Levels of a topic longer than this are nobody's serial number.
_PART = "[^/+#]{1,128}"


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """``filter`` is what to subscribe to: a level with a named part is a ``+``."""

    text: str
    names: tuple[str, ...]
    filter: str
    _regex: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> TopicPattern:
        """Raises ValueError with a sentence for the person who wrote it."""
        names = tuple(_NAME.findall(text))
        bare = _NAME.sub("", text)
        if not text or any(sign in bare for sign in "{}+#") or any(ord(c) < 32 for c in text):
            raise ValueError(f"topic {text!r}: levels of plain text or {{names}}, as in /gw/{{product}}/data/{{sn}}")
        if len(set(names)) < len(names):
            raise ValueError(f"topic {text!r}: a name stands twice")
        if text.startswith("yingfeng/") or text.startswith("$"):
            raise ValueError(f"topic {text!r}: topics under yingfeng/ and $ are not for mappings")
        levels = ["+" if _NAME.search(level) else level for level in text.split("/")]
        if not any(level not in ("", "+") for level in levels):
            raise ValueError(f"topic {text!r} would take every topic there is; at least one level must be plain text")
        regex, at = [], 0
        for found in _NAME.finditer(text):
            regex += [re.escape(text[at : found.start()]), f"(?P<{found[1]}>{_PART})"]
            at = found.end()
        return cls(text, names, "/".join(levels), re.compile("".join([*regex, re.escape(text[at:])])))

    def parts(self, topic: str) -> dict[str, str] | None:
        """The named parts of a topic that fits, else None."""
        found = self._regex.fullmatch(topic)
        return found.groupdict() if found is not None else None


def overlap(one: str, other: str) -> bool:
    """Whether some topic fits both filters (levels of text or +)."""
    mine, given = one.split("/"), other.split("/")
    return len(mine) == len(given) and all(a == b or "+" in (a, b) for a, b in zip(mine, given, strict=True))
