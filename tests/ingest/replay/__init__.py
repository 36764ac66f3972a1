"""Tests of the ingest room: replay."""
