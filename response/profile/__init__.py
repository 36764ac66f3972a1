"""One page about an enterprise, for a visit (企业用电画像)."""
