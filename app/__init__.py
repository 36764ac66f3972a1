"""Composition root: wiring, supervisor, bus, clock, command line."""
