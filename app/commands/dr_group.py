"""``dr``: the whole group; the modules beside the first add their commands to it."""

from __future__ import annotations

from app.commands import dr_after, dr_records, dr_review
from app.commands.dr import app

__all__ = ["app", "dr_after", "dr_records", "dr_review"]
