"""Routers: a route parses, makes one call, shapes the reply."""
