"""The twin's meters as a program of their own, so that they cost the product nothing of its process.

Says what it has sent as JSON lines on standard output, and ends when its standard input closes.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import date, datetime, timedelta
from typing import Any

from config.calendar import Calendar
from config.settings import MqttSettings
from ingest.outlet import Outlet
from ingest.pace import Pace
from ingest.topics import notice_topic
from ingest.twin.publish import Sent, simulate
from ingest.twin.responders import Responders
from ingest.twin.story import tell


def play(*, url: str, district: str, day: date, seed: int, enterprises: int, speed: float) -> None:
    story = tell(day=day, seed=seed, n=enterprises, calendar=Calendar(), speed=speed)
    # What ended with the start is in the history already.
    pace = Pace(story.start + timedelta(minutes=1), speed)
    stop = threading.Event()
    threading.Thread(target=_await_end, args=(stop,), daemon=True).start()

    def report(sent: Sent) -> None:
        if sent.instant >= story.end and pace.speed != 1.0:
            pace.change(1.0)  # the story is told; the district lives on in real time
        _print(sent.messages, sent.readings, sent.instant)

    with Outlet(MqttSettings(url=url), client_id="twin-meters") as outlet:
        answering = Responders(story.stream(district), story.district, district)
        outlet.hear(notice_topic(district, "+"), answering.hear)
        sent = simulate(answering, outlet, district_id=district, pace=pace, stop=stop, on_progress=report)
        outlet.flush(10)
    _print(sent.messages, sent.readings, sent.instant)


def _print(messages: int, readings: int, instant: datetime) -> None:
    line: dict[str, Any] = {"messages": messages, "readings": readings, "instant": instant.isoformat()}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _await_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    play(**{**options, "day": date.fromisoformat(options["day"])})
