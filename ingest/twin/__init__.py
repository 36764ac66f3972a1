"""The district twin: a hundred invented enterprises whose load is a pure function of seed, meter and minute."""
