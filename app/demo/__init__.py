"""``yingfeng demo``: the district twin on the product itself, with a story and a scorecard."""
