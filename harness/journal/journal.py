"""The replies under a results folder: found by their keys, read one at a time, appended."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from harness.corpus import file_stem
from harness.errors import JournalError
from harness.journal.line import JournalLine, read_line, write_line
from harness.journal.lock import JournalLock
from harness.records import Reply, Unit

__all__ = ["Journal", "Kept", "sync_folder", "try_writing"]

_LONGEST_RAW = 64 * 1024
"""Bytes of a raw reply that stand in the line itself."""
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)

_Names: TypeAlias = tuple[str, str, str]
"""Of a file: the model, the prompt and its version."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a reply stands in its file, and what is known of it without reading it.

    Parameters
    ----------
    offset, length
        Of its line, in bytes.
    failure
        The reason of its failure; None where it has claims.
    """

    offset: int
    length: int
    failure: str | None


@dataclass(slots=True)
class _Open:
    """A file that is being appended to."""

    descriptor: int
    size: int
    is_new: bool
    is_dirty: bool = False


class Journal:
    """The replies under a results folder.

    Replies are not held in memory: of each, the place in its file.

    Parameters
    ----------
    results
        The results folder; the journal is ``responses/`` in it.

    Attributes
    ----------
    torn
        For each file read so far that has them, the lines that hold no reply (torn by a crash,
        damaged): they are set aside.
    """

    def __init__(self, results: Path) -> None:
        self.folder = results / "responses"
        self._locks = self.folder / ".locks"
        self._paths: dict[_Names, Path] = {}
        self._index: dict[_Names, dict[str, Kept]] = {}
        self._open: dict[Path, _Open] = {}
        self.torn: dict[Path, int] = {}

    @property
    def n_torn_lines(self) -> int:
        """All lines read so far that hold no reply."""
        return sum(self.torn.values())

    def path_of(self, unit: Unit) -> Path:
        """The file that a unit's replies stand in."""
        names = _names(unit)
        path = self._paths.get(names)
        if path is None:
            name = f"{file_stem(unit.prompt)}@{unit.prompt_version}.jsonl"
            path = self._paths[names] = self.folder / file_stem(unit.model) / name
        return path

    def check_writable(self, units: Iterable[Unit]) -> None:
        """Raise `JournalError` if replies to these units could not be kept."""
        for path in sorted({self.path_of(unit) for unit in units}):
            try:
                try_writing(path.parent)
                if path.exists():
                    path.open("ab").close()
            except OSError as error:
                raise JournalError(f"{path}: replies cannot be kept here: {error}") from error

    def locked(self, units: Iterable[Unit], waiting: Callable[[Path], None]) -> JournalLock:
        """A lock on the files of these units; what is known of them is read again under it."""
        paths = {self.path_of(unit) for unit in units}
        return JournalLock(paths, self._locks, waiting, lambda: self._let_go_of_replaced(paths))

    def reread(self, units: Iterable[Unit]) -> None:
        """Forget what is known of the files of these units: another run may have written them."""
        for names, path in {_names(unit): self.path_of(unit) for unit in units}.items():
            self._index.pop(names, None)
            self.torn.pop(path, None)

    def kept(self, key: str, unit: Unit) -> Kept | None:
        """What is known of the reply to a request; None where it has not been answered."""
        names = _names(unit)
        index = self._index.get(names)
        if index is None:
            index = self._index[names] = self._read_index(self.path_of(unit))
        return index.get(key)

    def find(self, key: str, unit: Unit) -> Reply | None:
        """The reply to a request, or None where it has not been answered.

        Raises
        ------
        JournalError
            If the file cannot be read, or is not any more what it was.
        """
        kept = self.kept(key, unit)
        if kept is None:
            return None
        path = self.path_of(unit)
        reply = self._read(path, key, kept)
        if reply is None:
            # It was tidied since it was looked through, and the reply stands elsewhere in it.
            del self._index[_names(unit)]
            kept = self.kept(key, unit)
            reply = self._read(path, key, kept) if kept else None
        if reply is None:
            raise JournalError(f"{path}: was changed while it was read; run again")
        return reply

    def append(self, key: str, unit: Unit, claim_types: tuple[str, ...], reply: Reply) -> None:
        """Write a reply, so that it is on disk when this returns.

        Raises
        ------
        JournalError
            If it cannot be written (no room, read-only).
        """
        self.write(key, unit, claim_types, reply)
        self.sync()

    def write(self, key: str, unit: Unit, claim_types: tuple[str, ...], reply: Reply) -> None:
        """Hand a reply to the operating system: it outlives this process, and after `sync` all.

        Raises
        ------
        JournalError
            If it cannot be written. Nothing of it is left in the file.
        """
        path = self.path_of(unit)
        try:
            raw = reply.raw.encode("utf-8", "surrogatepass")
            digest = self._keep_raw(raw) if len(raw) > _LONGEST_RAW else None
            line = write_line(key, unit, claim_types, reply, digest)
            file = self._opened(path)
            offset = file.size
            _append(file, line)
        except OSError as error:
            raise JournalError(
                f"{path}: the reply cannot be written: {error}. What is there is kept: make room, "
                "then run again to ask the rest"
            ) from error
        if (index := self._index.get(_names(unit))) is not None:
            reason = reply.failure.reason if reply.failure else None
            index[key] = Kept(offset, len(line), reason)

    def sync(self) -> None:
        """Bring what was written to the disk, where it outlives a power cut.

        Raises
        ------
        JournalError
            If the disk does not take it.
        """
        for path, file in list(self._open.items()):
            if not file.is_dirty:
                continue
            file.is_dirty = False
            try:
                os.fsync(file.descriptor)
                if file.is_new:
                    sync_folder(path.parent)
                    sync_folder(path.parent.parent)
                    file.is_new = False
            except OSError as error:
                file.is_dirty = True
                raise JournalError(f"{path}: the replies cannot be kept: {error}") from error

    def close(self) -> None:
        """Bring all to the disk and close the files."""
        try:
            self.sync()
        finally:
            while self._open:
                os.close(self._open.popitem()[1].descriptor)

    def _opened(self, path: Path) -> _Open:
        if path not in self._open:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            self._open[path] = _Open(os.open(path, _APPENDING, 0o666), 0, is_new)
        file = self._open[path]
        status = os.fstat(file.descriptor)
        if not _is_at(path, status):
            raise FileNotFoundError("another program has taken its place")
        if status.st_size != file.size:
            # It is new to this process, or somebody has written it besides.
            file.size = status.st_size
            if not _ends_with_newline(path):
                # A line that was torn by a crash must not swallow the next.
                _append(file, b"\n")
        return file

    def _let_go_of_replaced(self, paths: Iterable[Path]) -> None:
        """Close what was tidied while it was not locked: it is written where it is now."""
        for path in paths:
            file = self._open.get(path)
            if file and not _is_at(path, os.fstat(file.descriptor)):
                os.close(self._open.pop(path).descriptor)

    def _read_index(self, path: Path) -> dict[str, Kept]:
        index: dict[str, Kept] = {}
        offset = n_torn = 0
        try:
            with path.open("rb") as file:
                for line in file:
                    if found := read_line(line):
                        reason = found.failure.reason if found.failure else None
                        index[found.key] = Kept(offset, len(line), reason)
                    elif line.strip():
                        n_torn += 1
                    offset += len(line)
        except FileNotFoundError:
            return index
        except OSError as error:
            raise JournalError(f"{path}: cannot be read: {error}") from error
        if n_torn:
            self.torn[path] = n_torn
        return index

    def _read(self, path: Path, key: str, kept: Kept) -> Reply | None:
        """The reply at a place; None where it is not there any more."""
        try:
            with path.open("rb") as file:
                file.seek(kept.offset)
                line = file.read(kept.length)
        except OSError as error:
            raise JournalError(f"{path}: cannot be read: {error}") from error
        found = read_line(line)
        if found is None or found.key != key:
            return None
        return found.reply(self._kept_raw(found))

    def _raw_path(self, digest: str) -> Path:
        return self.folder / "raw" / f"{digest}.txt"

    def _keep_raw(self, raw: bytes) -> str:
        """Write a long raw reply to a file of its own; the hash that names it."""
        digest = hashlib.sha256(raw).hexdigest()
        path = self._raw_path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{digest}.{os.getpid()}.tmp")
            try:
                _write(temporary, raw)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return digest

    def _kept_raw(self, line: JournalLine) -> str | None:
        """The long raw reply of a line; None where it stands in the line."""
        if line.raw_sha256 is None:
            return None
        try:
            return self._raw_path(line.raw_sha256).read_bytes().decode("utf-8", "surrogatepass")
        except OSError:
            # It is there for a person to read. The claims stand in the line, and nothing is
            # asked again because the file is gone.
            return ""


def try_writing(folder: Path) -> None:
    """Make a folder, and see that files can be written there.

    Raises
    ------
    OSError
        If they cannot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".{os.getpid()}.tmp"
    try:
        # An empty file would find room on a full disk.
        _write(probe, b"x")
    finally:
        probe.unlink(missing_ok=True)


def _names(unit: Unit) -> _Names:
    return (unit.model, unit.prompt, unit.prompt_version)


def _append(file: _Open, line: bytes) -> None:
    """Append all of a line, or nothing of it."""
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[os.write(file.descriptor, rest) :]
    except OSError:
        os.ftruncate(file.descriptor, file.size)
        raise
    file.size += len(line)
    file.is_dirty = True


def _is_at(path: Path, status: os.stat_result) -> bool:
    """Whether a path leads to the file of a status."""
    try:
        return os.path.samestat(status, os.stat(path))  # noqa: PTH116 - half the time of Path's
    except FileNotFoundError:
        return False


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the name of a new file to the disk; not every system can open a folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
