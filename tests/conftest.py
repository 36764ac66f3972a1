"""Fixtures shared by every test. Each real server lives in its own module under tests/servers."""

pytest_plugins = [
    "tests.servers.mosquitto",
    "tests.servers.influx",
    "tests.servers.postgres",
    "tests.servers.chromium",
    "tests.servers.libreoffice",
]
