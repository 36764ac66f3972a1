"""Demand response: from the gap to the settlement."""
