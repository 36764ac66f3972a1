"""Adapters of ``storage.ports.ReadingStore``: in memory, DuckDB, InfluxDB. Only ``app.wiring`` names them."""
