"""Every command of ``intensity``."""

from __future__ import annotations

from app.commands import intensity_curves, intensity_intake, intensity_products, intensity_questions, intensity_review
from app.commands.intensity import app

__all__ = [
    "app",
    "intensity_curves",
    "intensity_intake",
    "intensity_products",
    "intensity_questions",
    "intensity_review",
]
