"""Ports and their adapters: readings (time series) and the ledger (everything else)."""
