"""Whose copy a paper is, as it stands on every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.people import Principal
from domain.registry import Registry
from domain.report import Document
from response.reports.anonymity import anonymise


def watermark(reader: str, now: datetime, zone: ZoneInfo) -> str:
    return f"{reader} {now.astimezone(zone):%Y-%m-%d %H:%M} 内部资料"


def readers_copy(document: Document, principal: Principal, registry: Registry, zone: ZoneInfo) -> Document:
    """Of a paper no desk keeps, marked with its reader; who may only look gets it without names."""
    if not principal.may_write():
        document = anonymise(document, registry, f"{document.title}:{document.subtitle}")
    return replace(document, watermark=watermark(principal.name, document.made_at, zone))
