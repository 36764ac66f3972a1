"""How offices write a level: a letter (A, A级), or a colour of the district's gap levels (橙色, Ⅱ级, orange)."""

from __future__ import annotations

import re
import unicodedata

from config.gap_levels import GapLevelTable
from config.orderly import LetterEdition


def letter_of(level: str, levels: LetterEdition) -> str:
    """The letter it names, "" where it names none."""
    text = level.strip().upper().removesuffix("级").removesuffix("LEVEL").strip()
    return text if text in levels.letters else ""


def is_colour(level: str, colours: GapLevelTable) -> bool:
    """Whether it names a colour of any edition, by word, character or roman number."""
    text = unicodedata.normalize("NFKC", level).strip().lower()
    levels = [own for each in colours.edition for own in each.level]
    romans = "|".join({unicodedata.normalize("NFKC", own.roman).lower() for own in levels})
    named = any(word.lower() in text for own in levels for word in (own.name, own.label_zh[0]))
    return named or re.match(rf"(?:{romans})(?![a-z])", text) is not None
