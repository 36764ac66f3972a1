import re
import tomllib
from pathlib import Path

import config.settings
from config.settings import Settings, load_settings

DEFAULT = Path(config.settings.__file__).with_name("default.toml")


def test_the_shipped_file_is_the_defaults() -> None:
    assert load_settings(DEFAULT, environment={}) == Settings()


def test_every_key_stands_in_the_shipped_file() -> None:
    shipped = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))
    assert {s: set(keys) for s, keys in shipped.items()} == {
        s: set(keys) for s, keys in Settings().model_dump().items()
    }


def test_every_key_has_its_meaning_beside_it() -> None:
    lines = DEFAULT.read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if re.match(r"\w+ = ", line) and "#" not in line]
    # A journal's path and a district's name explain themselves.
    assert bare == ['path = "var/journal"']


def test_numbers_with_a_unit_in_their_name_say_it_in_brackets() -> None:
    units = {"s": "s", "ms": "ms", "kw": "kW", "days": "days", "hours": "h", "bytes": "bytes", "gb": "GB", "mb": "MB"}
    for line in DEFAULT.read_text(encoding="utf-8").splitlines():
        found = re.match(r"\w+_([a-z]+) = [0-9.]+ ", line)
        if found and found[1] in units:
            assert line.endswith(f"[{units[found[1]]}]"), line
