"""Measurements quoted in docs/measures.md, printed as ratios of one run."""
