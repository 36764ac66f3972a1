"""Mistakes of mapping files are found before anything starts, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.json_path import JsonPath, whole
from config.mappings import load_mapping, load_mappings, shipped_names
from config.time_format import TimeFormat
from config.topic_pattern import TopicPattern, overlap
from domain.errors import Invalid

HEAD = 'format = 1\ntitle = "t"\nsource = "s"\n'
MESSAGE = """
[[message]]
topic = "acme/{sn}"
gateway = "{topic.sn}"
meter = "{m}"
time = { path = "t", format = "epoch_s" }
quantity = [{ name = "power_kw", path = "P", unit = "kW" }]
"""


def mistakes(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as found:
        load_mapping(str(path))
    return str(found.value)


def test_every_shipped_mapping_loads_alone_and_all_together() -> None:
    assert {"acrel_gateway", "acrel_direct", "acrel_platform", "cet", "aliyun_property", "dlt645"} <= {*shipped_names()}
    assert len(load_mappings(shipped_names())) == len(shipped_names())


def test_a_file_in_order_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(HEAD + MESSAGE, encoding="utf-8")
    assert load_mapping(str(tmp_path / "mine.toml")).table.filters == ("acme/+",)


def test_all_mistakes_of_all_files_are_listed_at_once(tmp_path: Path) -> None:
    wrong = MESSAGE.replace('"kW"', '"kWh"').replace('"epoch_s"', '"YYYYMMDDHHMMSS"').replace("{m}", "{m")
    (tmp_path / "a.toml").write_text(HEAD + wrong, encoding="utf-8")
    (tmp_path / "b.toml").write_text(HEAD.replace("1", "2") + MESSAGE + "colour = 1\n", encoding="utf-8")
    with pytest.raises(Invalid) as found:
        load_mappings([str(tmp_path / "a.toml"), str(tmp_path / "b.toml"), "no_such", str(tmp_path / "c.toml")])
    said = str(found.value)
    for part in ("unit 'kWh' does not fit power_kw", "YYYYMMDDHHMMSS", "b.toml: format", "colour", "no_such", "c.toml"):
        assert part in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"acme/{sn}"', '"acme/#"'), "levels of plain text"),
        (('"acme/{sn}"', '"{a}/{sn}"'), "every topic there is"),
        (('"acme/{sn}"', '"yingfeng/v1/x/{sn}"'), "not for mappings"),
        (('"acme/{sn}"', '"acme/{sn}/{sn}"'), "stands twice"),
        (('"{topic.sn}"', '"{topic.other}"'), "no part of the topic"),
        (('"{topic.sn}"', '"{sn}"'), "a payload cannot say who speaks"),
        (('gateway = "{topic.sn}"\n', ""), "enterprise or gateway"),
        (('"P"', '"P..Q"'), "cannot be read"),
        (('"P"', '"P[*]"'), "items only"),
        (('"P"', '""'), "empty"),
        (('"power_kw"', '"power"'), "none of power_kw"),
        (('path = "t", ', ""), "path is missing"),
        (('unit = "kW"', 'unit = "kW", decimals = 2'), "only with encoding"),
        (('unit = "kW"', 'unit = "kW", scale = "x"'), "scale"),
        (('"epoch_s"', '"YYYYMMDDhhmmss", zone = "Asia/Nowhere"'), "no time zone"),
    ],
)
def test_a_mistake_is_said_with_what_to_write(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = HEAD + MESSAGE
    assert change[0] in text
    assert said in mistakes(tmp_path, text.replace(*change))


def test_quality_words_are_known(tmp_path: Path) -> None:
    for rule, said in (
        ('{ path = "s", words = { a = "good" } }', "not one of ok"),
        ('{ path = "s", bits = { 99 = "bad" } }', "0...63"),
        ('{ path = "s" }', "either words or bits"),
    ):
        assert said in mistakes(tmp_path, HEAD + MESSAGE + f"quality = [{rule}]\n")


def test_a_reply_must_not_come_back_to_us(tmp_path: Path) -> None:
    reply = 'reply = { topic = "acme/answer", payload = { ok = 1 } }\n'
    assert "answered for ever" in mistakes(tmp_path, HEAD + MESSAGE + reply)


def test_a_reply_topic_is_never_made_of_the_payload(tmp_path: Path) -> None:
    reply = 'reply = { topic = "down/{where}", payload = { ok = 1 } }\n'
    assert "payloads are not trusted" in mistakes(tmp_path, HEAD + MESSAGE + reply)


def test_a_rule_behind_one_that_takes_everything_is_a_mistake(tmp_path: Path) -> None:
    assert "never reached" in mistakes(tmp_path, HEAD + MESSAGE + MESSAGE.replace('"P"', '"Q"'))


def test_a_meter_of_the_table_is_an_id(tmp_path: Path) -> None:
    assert "meters.x" in mistakes(tmp_path, HEAD + MESSAGE + '[meters]\nx = "no id"\n')


def test_no_toml_and_no_text(tmp_path: Path) -> None:
    assert "not valid TOML" in mistakes(tmp_path, "format = ")
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="not valid TOML"):
        load_mapping(str(tmp_path / "mine.toml"))


def test_paths() -> None:
    message = {"a": {"b.c": [{"k": "x", "v": 1}, {"k": 7, "v": 2}]}, "ts ": 5, "n": None}
    for path, value in {
        'a."b.c"[0].v': 1,
        'a."b.c"[-1].v': 2,
        'a."b.c"[k=7].v': 2,
        'a."b.c"[k=8].v': None,
        'a."b.c"[9]': None,
        '"ts "': 5,
        "$a.zz": None,
        "n.x": None,
        "a.b": None,
        "^a": None,
    }.items():
        assert JsonPath.parse(path).of(whole(message)) == value, path
    places = JsonPath.parse('a."b.c"[*]', items=True).each(message, 10)
    assert [JsonPath.parse(p).of(places[1]) for p in ("v", "^ts", '^"ts "', '$"ts "', "@key")] == [2, None, 5, 5, "1"]


def test_true_is_not_one() -> None:
    message = {"list": [{"k": True, "v": 1}, {"k": 1, "v": 2}]}
    assert JsonPath.parse("list[k=1].v").of(whole(message)) == 2


def test_local_times_are_of_their_zone_and_strict() -> None:
    pattern = TimeFormat("YYYYMMDDhhmmss")
    assert pattern.read("20260720101500", "Asia/Shanghai") == 1_784_513_700_000
    assert pattern.read("20260720101500", "UTC") == 1_784_513_700_000 + 8 * 3_600_000
    assert TimeFormat("YY-MM-DD hh:mm").read("26-07-20 10:15", "Asia/Shanghai") == 1_784_513_700_000
    for wrong in (
        "2026072010150",
        "202607201015000",
        "20260732101500",
        "20260720101560",
        "２０２６０７２０１０１５００",
        "",
    ):
        with pytest.raises(ValueError, match=r"."):
            pattern.read(wrong, "Asia/Shanghai")


def test_an_hour_that_clocks_skip_is_no_instant() -> None:
    with pytest.raises(ValueError, match="does not exist"):
        TimeFormat("YYYYMMDDhhmmss").read("20260329023000", "Europe/Berlin")


def test_numbers_of_seconds_and_milliseconds() -> None:
    for name, value in (("epoch_s", 1_784_513_700), ("epoch_ms", 1_784_513_700_000), ("epoch", "1784513700")):
        assert TimeFormat(name).read(value, "UTC") == 1_784_513_700_000
    for wrong in (10**400, "1e9", "", "x"):
        with pytest.raises(ValueError, match=r"."):
            TimeFormat("epoch_s").read(wrong, "UTC")


def test_written_and_read_again() -> None:
    for name in ("epoch_s", "epoch_ms", "epoch", "iso", "YYYY/MM/DD hh:mm:ss", "YYMMDDhhmmssSSS"):
        form = TimeFormat(name)
        assert form.read(form.write(1_784_513_700_000, "Asia/Shanghai"), "Asia/Shanghai") == 1_784_513_700_000


def test_topics_with_names_inside_levels() -> None:
    pattern = TopicPattern.parse("/gw/{vendor}/{id}-post")
    assert pattern.filter == "/gw/+/+"
    assert pattern.parts("/gw/acme/M1-post") == {"vendor": "acme", "id": "M1"}
    for other in ("gw/acme/M1-post", "/gw/acme/M1-set", "/gw/acme/-post", "/gw/a/b/M1-post", "/gw/acme/M1-post\n"):
        assert pattern.parts(other) is None
    assert overlap("a/+/c", "a/b/+")
    assert not overlap("a/+", "a/b/c")
