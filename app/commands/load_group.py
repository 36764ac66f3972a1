"""Every command of ``load``."""

from __future__ import annotations

from app.commands import load_analyses, load_curves
from app.commands.load import app

__all__ = ["app", "load_analyses", "load_curves"]
