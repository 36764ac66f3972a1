"""The folder of access files: written whole or not at all, secrets readable by their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from domain.errors import Invalid

SECRET, PUBLIC = 0o600, 0o644


class Folder:
    """Raises Invalid when it cannot be written. A file that is written again keeps its owner, such as mosquitto."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        try:
            self.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            for part in ("clients", "revoked"):
                (self.path / part).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Invalid(f"{path}: 无法写入 / cannot be written: {error.strerror}") from error

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    def read(self, name: str) -> str:
        """The text of a file, "" when there is none."""
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"{self.path / name}: 无法读取 / cannot be read: {error}") from error

    def names(self, part: str, ending: str) -> list[str]:
        return sorted(path.name.removesuffix(ending) for path in (self.path / part).glob(f"*{ending}"))

    def secret(self, name: str, text: str) -> bool:
        return self._write(name, text, SECRET)

    def public(self, name: str, text: str) -> bool:
        return self._write(name, text, PUBLIC)

    def remove(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)

    def _write(self, name: str, text: str, mode: int) -> bool:
        """Whether the file changed."""
        path = self.path / name
        if self.has(name) and self.read(name) == text:
            path.chmod(mode)
            return False
        beside = path.with_name(f".{path.name}.new")
        try:
            # Opened with its mode: a secret is at no moment readable by others.
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(mode)
            if path.exists() and os.geteuid() == 0:
                owner = path.stat()
                os.chown(beside, owner.st_uid, owner.st_gid)
            beside.replace(path)
        except OSError as error:
            raise Invalid(f"{path}: 无法写入 / cannot be written: {error.strerror}") from error
        return True
