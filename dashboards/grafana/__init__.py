"""Grafana dashboards as code: built on ``storage/schema.py``, committed as JSON, compared and pushed to a Grafana."""
