"""Pure numbers on NumPy arrays: no clock, no store, no log. NaN = missing; results say how much was missing."""
