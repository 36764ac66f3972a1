"""A disk that can be full: a small file system of its own where we may mount one, else a limit on file size, said."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path


class Disk:
    """``fill`` takes all space there is; ``free`` gives it back."""

    def __init__(self, folder: Path, megabytes: int, pid: Callable[[], int]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._pid = pid
        self._ballast = folder / "ballast"
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0

    @property
    def kind(self) -> str:
        if self.mounted:
            return "a file system of its own that is really full"
        return "NOT a full disk: a limit on the size of files (no right to mount one here)"

    def fill(self) -> None:
        if not self.mounted:
            resource.prlimit(self._pid(), resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
            return
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            for size in (1_000_000, 4_096):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def free(self) -> None:
        if not self.mounted:
            with contextlib.suppress(ProcessLookupError):
                limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
                resource.prlimit(self._pid(), resource.RLIMIT_FSIZE, limits)
            return
        self._ballast.unlink(missing_ok=True)

    def remove(self) -> None:
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], capture_output=True, check=False)
