"""Reports from draft to signature: what they say, who signed, who was sent which version."""
