"""``demo``: a district of 100 enterprises, live, with nothing installed beside this package."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from app.demo.run import DemoOptions, run_demo
from domain.errors import Invalid


def demo(
    seconds: Annotated[float | None, typer.Option("--for", help="End after so many seconds. 运行秒数")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the page; default 8000 or a free one. 端口")] = None,
    day: Annotated[str | None, typer.Option(help="Day to show, e.g. 2026-07-22. 演示日期")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another district. 随机种子")] = 1,
    enterprises: Annotated[int, typer.Option(min=1, max=2000, help="How many enterprises. 企业数")] = 100,
    speed: Annotated[float, typer.Option(min=1, max=1200, help="District seconds per second. 速度倍数")] = 120.0,
    full: Annotated[
        bool, typer.Option("--full", help="On mosquitto and InfluxDB instead of the embedded ones.")
    ] = False,
) -> None:
    """A simulated district, live at http://127.0.0.1:8000. 演示"""
    try:
        shown = date.fromisoformat(day) if day else None
    except ValueError:
        raise Invalid(f"--day {day!r} is not a day such as 2026-07-22") from None
    run_demo(
        DemoOptions(seconds=seconds, port=port, day=shown, seed=seed, enterprises=enterprises, speed=speed, full=full)
    )


def register(app: typer.Typer) -> None:
    app.command()(demo)
