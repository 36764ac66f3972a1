"""Units of energy statements, and what one of them is in the carrier's own unit."""

from __future__ import annotations

import unicodedata

from storage.sheet_cells import CellMistake

_MASS = {"kg": 1.0, "千克": 1.0, "公斤": 1.0, "t": 1_000.0, "吨": 1_000.0, "万吨": 1e7}
_GAS = {
    "m3_standard": 1.0,
    "nm3": 1.0,
    "标准立方米": 1.0,
    "标立方米": 1.0,
    "标方": 1.0,
    "万标准立方米": 1e4,
    "万标立方米": 1e4,
    "万标方": 1e4,
    "万nm3": 1e4,
}
#: What a cubic metre holds depends on its state, so these say too little for a gas.
_STATELESS = frozenset({"m3", "立方米", "方", "万立方米", "万m3", "万方"})
_FACTORS = {
    "kWh": {
        "kwh": 1.0,
        "千瓦时": 1.0,
        "度": 1.0,
        "mwh": 1e3,
        "兆瓦时": 1e3,
        "万千瓦时": 1e4,
        "万kwh": 1e4,
        "万度": 1e4,
    },
    "MJ": {"mj": 1.0, "兆焦": 1.0, "gj": 1e3, "吉焦": 1e3, "百万千焦": 1e3, "kj": 1e-3, "千焦": 1e-3},
    "kg": _MASS,
    "t": {"t": 1.0, "吨": 1.0, "万吨": 1e4, "m3": 1.0, "立方米": 1.0, "万立方米": 1e4, "kg": 1e-3},
    "m3_standard": _GAS,
}


def to_own_unit(text: str, own: str, *, standard_gas: bool = False) -> float:
    """What one of the written unit is in the carrier's own. Raises CellMistake.

    standard_gas : cubic metres of gas are of the standard state, as a statistical form defines them
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace("³", "3")
    if own == "m3_standard" and plain in _STATELESS and standard_gas:
        return 1e4 if plain.startswith("万") else 1.0
    if own == "m3_standard" and plain in _STATELESS:
        raise CellMistake(
            "气体体积须注明标准状态（标准立方米）；工况立方米请先折算",
            "a gas needs standard cubic metres (标准立方米): convert working ones first",
        )
    factor = _FACTORS[own].get(plain)
    if factor is None:
        known = "、".join(_FACTORS[own])
        raise CellMistake(f"单位“{text}”不能用于该能源品种，可用：{known}", f"unit {text!r} is not one of {known}")
    return factor
