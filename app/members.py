"""Many ingest processes behind one broker: members of a shared subscription, started and started again by this one.

The broker goes on giving a member that died its share, so each has a fixed client id and a journal of its own, and is
started again until the supervisor itself is told to end. Members end by themselves when their supervisor is gone.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import Settings

log = logging.getLogger(__name__)

SUPERVISOR = "YINGFENG_SUPERVISOR"
MEMBER = "YINGFENG_MEMBER"
SHARE_GROUP = "yingfeng"
#: Pause before a member is started again; one that ran for a while begins with the first again.
RESTART_S = (0.5, 30.0)
STEADY_S = 60.0
#: What a member may need beyond its own deadline (process.stop_s) before it is killed.
SPARE_S = 10.0


def member_settings(settings: Settings, number: int, *, leaves: bool = False) -> dict[str, str]:
    """What a member has of its own, as environment."""
    return {
        "YINGFENG_MQTT__CLIENT_ID": f"{settings.mqtt.client_id}-{number}",
        "YINGFENG_MQTT__SHARE_GROUP": settings.mqtt.share_group or SHARE_GROUP,
        "YINGFENG_MQTT__SHARE_LEAVE": str(leaves).lower(),
        "YINGFENG_JOURNAL__PATH": str(Path(settings.journal.path) / f"member-{number}"),
        SUPERVISOR: str(os.getpid()),
        MEMBER: f"member-{number}",
    }


def left_members(settings: Settings, count: int) -> list[int]:
    """Earlier members beyond ``count``: the broker's sessions and their journals may still hold readings."""
    names = [path.name for path in Path(settings.journal.path).glob("member-*") if path.is_dir()]
    numbers = [int(name.removeprefix("member-")) for name in names if name.removeprefix("member-").isdecimal()]
    return sorted(number for number in numbers if number > count)


@dataclass(slots=True)
class _Member:
    number: int
    leaves: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause_s: float = RESTART_S[0]
    due: float = field(default_factory=time.monotonic)


class Members:
    """``run`` blocks until ``told`` is set, then ends the members, all at once, within their deadline.

    Members of an earlier, larger number leave the group and go on only to take what the broker still holds for them.
    """

    def __init__(self, settings: Settings, count: int, arguments: Sequence[str]) -> None:
        self._settings = settings
        self._arguments = list(arguments)
        self._members = [_Member(number) for number in range(1, count + 1)]
        for number in left_members(settings, count):
            log.warning(
                "成员退役 member-%d leaves the group: it takes what is still held for it. Once `yingfeng journal show` "
                "tells no lag, stop and delete its folder in %s",
                number,
                settings.journal.path,
            )
            self._members.append(_Member(number, leaves=True))

    def run(self, told: threading.Event) -> None:
        try:
            while not told.wait(0.2):
                for member in self._members:
                    self._look(member)
        finally:
            self._end()

    def _look(self, member: _Member) -> None:
        now = time.monotonic()
        if member.process is None:
            if now >= member.due:
                self._start(member)
            return
        code = member.process.poll()
        if code is None:
            return
        if now - member.started > STEADY_S:
            member.pause_s = RESTART_S[0]
        log.error(
            "成员退出 member-%d ended with %d; it is started again in %.1f s, until then its share is missing",
            member.number,
            code,
            member.pause_s,
        )
        member.process, member.due = None, now + member.pause_s
        member.pause_s = min(2 * member.pause_s, RESTART_S[1])

    def _start(self, member: _Member) -> None:
        member.started = time.monotonic()
        member.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--role", "ingest", *self._arguments],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **member_settings(self._settings, member.number, leaves=member.leaves)},
        )
        log.info("member-%d runs as process %d", member.number, member.process.pid)

    def _end(self) -> None:
        running = [m.process for m in self._members if m.process is not None]
        for process in running:
            process.terminate()
        end_s = self._settings.process.stop_s + SPARE_S
        deadline = time.monotonic() + end_s
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process %d did not end in %.0f s and is killed; its journal keeps all", process.pid, end_s)
                process.kill()
                process.wait()


def orphaned() -> bool:
    """Whether this process is a member whose supervisor is gone."""
    supervisor = os.environ.get(SUPERVISOR)
    return supervisor is not None and os.getppid() != int(supervisor)
