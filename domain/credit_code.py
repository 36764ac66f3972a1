"""统一社会信用代码 (GB 32100-2015): 18 characters, the last a check character."""

from __future__ import annotations

# Digits and capitals without I, O, S, V and Z; a character's place is its value (GB 32100-2015, table 2).
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_character(first17: str) -> str:
    """The 18th character: 31 - sum(value x weight) mod 31, weight 3**i mod 31 (GB 32100-2015, 4.3)."""
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first17))
    return ALPHABET[-total % 31]


def credit_code_mistake(code: str) -> tuple[str, str] | None:
    """What is wrong with a code, in Chinese and English, or None."""
    if len(code) != 18:
        return (
            f"统一社会信用代码应为18位，现为{len(code)}位",
            f"a credit code has 18 characters, this has {len(code)}",
        )
    strange = sorted({char for char in code if char not in ALPHABET})
    if strange:
        shown = " ".join(strange)
        return (
            f"统一社会信用代码不得含字符 {shown}（只用数字和大写字母，无 I O S V Z）",
            f"a credit code has no {shown} (digits and capitals only, without I O S V Z)",
        )
    if check_character(code[:17]) != code[17]:
        return (
            "统一社会信用代码校验位不符，请核对是否抄错",
            "the credit code's check character is wrong; look for a typing error",
        )
    return None
