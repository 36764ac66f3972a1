"""The loss audit: what the broker acknowledged to a meter is in the store, once, whatever broke in between."""
