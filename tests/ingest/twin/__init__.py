"""Tests of the ingest room: twin."""
