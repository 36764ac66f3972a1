"""Codecs: (topic, bytes) to columns of readings, or DecodeError. They know no socket, no store and no clock."""
