"""Fixtures of a real chromium server."""
