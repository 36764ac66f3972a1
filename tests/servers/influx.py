"""Fixtures of a real influx server."""
