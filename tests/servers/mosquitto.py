"""Fixtures of a real mosquitto server."""
