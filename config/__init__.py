"""Settings, shipped policy tables (TOML) and calendars."""
