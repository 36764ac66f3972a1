"""What users of pandas or DuckDB would write for the same figures, at their best; answers are compared with ours."""
