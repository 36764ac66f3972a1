"""FastAPI under /api/v1: routers, wire models, problem documents, sessions and the live stream."""
