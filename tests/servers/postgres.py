"""Fixtures of a real postgres server."""
