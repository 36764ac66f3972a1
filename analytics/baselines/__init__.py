"""Baseline load (基线负荷): what a site would have drawn had no event been called."""
