"""The console: the pages under /console. ``mount`` puts them on the application that ``app`` built."""

from dashboards.console.mount import mount
from dashboards.console.services import ConsoleServices

__all__ = ["ConsoleServices", "mount"]
