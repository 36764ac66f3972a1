"""Energy intensity (能耗强度): coal equivalents, indicators, what changed and why."""
