"""Sectors of GB/T 4754: what people write becomes a code (C39), or stays the word it was."""

from __future__ import annotations

import re
import unicodedata

#: First division of each section, A to T (GB/T 4754-2017).
_SECTIONS = (1, 6, 13, 44, 47, 51, 53, 61, 63, 66, 70, 71, 73, 76, 80, 83, 84, 86, 91, 97, 98)
_CODE = re.compile(r"([A-T])?(\d{2,4})")


def sector_code(text: str) -> str:
    """``C3911 计算机整机制造``, ``3911``, ``c39`` and ``39`` have the code C3911 or C39; a word without code has ""."""
    found = _CODE.match(unicodedata.normalize("NFKC", text).strip().upper())
    if found is None:
        return ""
    digits = found.group(2)
    place = sum(int(digits[:2]) >= first for first in _SECTIONS) - 1
    if not 0 <= place < len(_SECTIONS) - 1:
        return ""
    letter = "ABCDEFGHIJKLMNOPQRST"[place]
    return f"{letter}{digits}" if found.group(1) in (None, letter) else ""


def division(text: str) -> str:
    """The two-digit division (大类) such as C39, or the text itself where it holds no code."""
    code = sector_code(text)
    return code[:3] if code else text.strip()


#: Names of the divisions that industry reports by (GB/T 4754-2017, sections B to D).
DIVISIONS_ZH = {
    "B06": "煤炭开采和洗选业",
    "B07": "石油和天然气开采业",
    "B08": "黑色金属矿采选业",
    "B09": "有色金属矿采选业",
    "B10": "非金属矿采选业",
    "B11": "开采专业及辅助性活动",
    "B12": "其他采矿业",
    "C13": "农副食品加工业",
    "C14": "食品制造业",
    "C15": "酒、饮料和精制茶制造业",
    "C16": "烟草制品业",
    "C17": "纺织业",
    "C18": "纺织服装、服饰业",
    "C19": "皮革、毛皮、羽毛及其制品和制鞋业",
    "C20": "木材加工和木、竹、藤、棕、草制品业",
    "C21": "家具制造业",
    "C22": "造纸和纸制品业",
    "C23": "印刷和记录媒介复制业",
    "C24": "文教、工美、体育和娱乐用品制造业",
    "C25": "石油、煤炭及其他燃料加工业",
    "C26": "化学原料和化学制品制造业",
    "C27": "医药制造业",
    "C28": "化学纤维制造业",
    "C29": "橡胶和塑料制品业",
    "C30": "非金属矿物制品业",
    "C31": "黑色金属冶炼和压延加工业",
    "C32": "有色金属冶炼和压延加工业",
    "C33": "金属制品业",
    "C34": "通用设备制造业",
    "C35": "专用设备制造业",
    "C36": "汽车制造业",
    "C37": "铁路、船舶、航空航天和其他运输设备制造业",
    "C38": "电气机械和器材制造业",
    "C39": "计算机、通信和其他电子设备制造业",
    "C40": "仪器仪表制造业",
    "C41": "其他制造业",
    "C42": "废弃资源综合利用业",
    "C43": "金属制品、机械和设备修理业",
    "D44": "电力、热力生产和供应业",
    "D45": "燃气生产和供应业",
    "D46": "水的生产和供应业",
}


def division_name_zh(code: str) -> str:
    """``C39`` with its name; what is no such code stays as it is."""
    name = DIVISIONS_ZH.get(code)
    return f"{code} {name}" if name else code
