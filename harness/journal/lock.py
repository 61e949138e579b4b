"""One run at a time writes a file of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from harness.errors import JournalError

__all__ = ["JournalLock"]

_SECONDS_BETWEEN_TRIES = 0.1


class JournalLock:
    """Holds files of the journal for one run; another waits until it is let go.

    The operating system lets go of what a process that has died held.

    Parameters
    ----------
    paths
        The files of the journal that are to be written.
    folder
        Where the locks are; it is made where it does not exist.
    waiting
        Called once, with a file that another run holds, before waiting for it.
    held
        Called when all are held.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        folder: Path,
        waiting: Callable[[Path], None],
        held: Callable[[], None] = lambda: None,
    ) -> None:
        # All in one order, so that no two runs wait for each other.
        self._paths = sorted(set(paths))
        self._folder = folder
        self._waiting = waiting
        self._when_held = held
        self._held: list[FileLock] = []

    def __enter__(self) -> Self:
        told = False
        try:
            for path in self._paths:
                lock = FileLock(self._lock_path(path))
                try:
                    lock.acquire(timeout=0)
                except Timeout:
                    if not told:
                        self._waiting(path)
                        told = True
                    lock.acquire(poll_interval=_SECONDS_BETWEEN_TRIES)
                self._held.append(lock)
            self._when_held()
        except OSError as error:
            self._let_go()
            raise JournalError(f"{self._folder}: the journal cannot be locked: {error}") from error
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._let_go()

    def _lock_path(self, path: Path) -> Path:
        folder = self._folder / path.parent.name
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            # Replies may be committed; who writes them at this moment is nobody's business.
            (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
        return folder / f"{path.stem}.lock"

    def _let_go(self) -> None:
        while self._held:
            self._held.pop().release()
