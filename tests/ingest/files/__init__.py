"""Tests of the ingest room: files."""
