"""Identifiers: text that was checked once, by the functions here, and is trusted afterwards."""

from __future__ import annotations

import re
from typing import NewType

from domain.errors import Invalid

MeterId = NewType("MeterId", str)
EnterpriseId = NewType("EnterpriseId", str)
AccountId = NewType("AccountId", str)
GatewayId = NewType("GatewayId", str)
DistrictId = NewType("DistrictId", str)

# Ids stand in MQTT topics, line protocol, URLs and file names: no separators, no wildcards, no spaces.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def _parse(kind: str, text: str) -> str:
    if not _ID.fullmatch(text):
        raise Invalid(f"{kind} {text!r} is not an id: 1 to 64 of A-Z a-z 0-9 _ . -, starting with a letter or digit")
    return text


def parse_meter_id(text: str) -> MeterId:
    return MeterId(_parse("meter", text))


def parse_enterprise_id(text: str) -> EnterpriseId:
    return EnterpriseId(_parse("enterprise", text))


def parse_account_id(text: str) -> AccountId:
    """户号: digits in practice, always text (leading zeros count)."""
    return AccountId(_parse("account", text))


def parse_gateway_id(text: str) -> GatewayId:
    return GatewayId(_parse("gateway", text))


def parse_district_id(text: str) -> DistrictId:
    return DistrictId(_parse("district", text))
