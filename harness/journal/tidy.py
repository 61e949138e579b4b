"""Journal files put in order, so that they can be committed and compared line by line."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from harness.errors import JournalError
from harness.journal.journal import sync_folder
from harness.journal.line import JournalLine, read_line
from harness.journal.lock import JournalLock

__all__ = ["TORN", "Tidied", "journal_files", "tidy_file", "unreferenced_raw"]

TORN = ".torn"
"""What the name of the file ends in that holds what was no reply."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What tidying did to a file.

    Parameters
    ----------
    n_kept
        The lines that are in it: one for each request.
    n_superseded
        Lines that a later one of the same request had replaced, and that are gone.
    n_torn
        Lines that held no reply, and now stand in `set_aside`.
    set_aside
        The file beside it that holds them; None where there was none.
    rewritten
        Whether anything had to be changed.
    raw_sha256
        The side files that its lines refer to.
    """

    path: Path
    n_kept: int
    n_superseded: int
    n_torn: int
    set_aside: Path | None
    rewritten: bool
    raw_sha256: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(slots=True)
class _Places:
    """Where in a file the lines are that stay.

    Lines themselves are not held: a file of a hundred thousand replies is large.
    """

    by_key: dict[str, _Place] = field(default_factory=dict)
    torn: list[tuple[int, int]] = field(default_factory=list)
    n_lines: int = 0
    n_bytes: int = 0
    is_in_form: bool = True


@dataclass(frozen=True, slots=True)
class _Place:
    order: tuple[str, tuple[str, ...], int, str]
    offset: int
    length: int
    raw_sha256: str | None


def journal_files(folder: Path) -> list[Path]:
    """The files of a journal, in order.

    Parameters
    ----------
    folder
        ``responses/`` of a results folder.
    """
    return sorted(path for path in folder.glob("*/*.jsonl") if path.name[0] != ".")


def tidy_file(path: Path, waiting: Callable[[Path], None]) -> Tidied:
    """Put a file of the journal in order: one line a request, sorted.

    Lines are sorted by article, claim types, repeat and key, and are not changed. Of several with
    one key the last stays, which is the one that counted. What holds no reply is set aside in a
    file beside it. The file is replaced as a whole, and no run writes it meanwhile.

    Parameters
    ----------
    path
        The file, in the folder of its model.
    waiting
        Called with the file if a run writes it, before waiting for that to end.

    Raises
    ------
    JournalError
        If it cannot be read or written. It is then as it was.
    """
    journal = path.parent.parent
    with JournalLock([path], journal / ".locks", waiting):
        try:
            return _tidy(path)
        except OSError as error:
            raise JournalError(f"{path}: cannot be tidied: {error}") from error


def unreferenced_raw(folder: Path, referenced: Iterable[str]) -> list[Path]:
    """The side files of a journal that no line refers to.

    Nothing removes them: a run writes such a file before the line that refers to it, and whether
    one is at it nobody can tell.

    Parameters
    ----------
    folder
        ``responses/`` of a results folder.
    referenced
        What the lines of all its files refer to.
    """
    known = set(referenced)
    return sorted(path for path in (folder / "raw").glob("*.txt") if path.stem not in known)


def _tidy(path: Path) -> Tidied:
    with path.open("rb") as file:
        places = _look_through(file)
        kept = sorted(places.by_key.values(), key=lambda place: place.order)
        is_sorted = kept == sorted(kept, key=lambda place: place.offset)
        n_superseded = places.n_lines - len(kept)
        set_aside = path.with_name(path.name + TORN) if places.torn else None
        if set_aside:
            _write(set_aside, dict.fromkeys([*_there(set_aside), *_cut(file, places.torn)]))
        is_tidy = is_sorted and places.is_in_form and not n_superseded and not set_aside
        if not is_tidy:
            lines = _cut(file, [(place.offset, place.length) for place in kept])
            _write(path, lines, places.n_bytes)
    raw = frozenset(place.raw_sha256 for place in kept if place.raw_sha256)
    n_torn = len(places.torn)
    return Tidied(path, len(kept), n_superseded, n_torn, set_aside, not is_tidy, raw)


def _look_through(file: IO[bytes]) -> _Places:
    places = _Places()
    offset = 0
    for line in file:
        if found := read_line(line):
            places.n_lines += 1
            places.is_in_form &= line == _in_form(line)
            order = _order(found, line)
            places.by_key[found.key] = _Place(order, offset, len(line), found.raw_sha256)
        elif line.strip():
            places.torn.append((offset, len(line)))
        else:
            places.is_in_form = False
        offset += len(line)
    places.n_bytes = offset
    return places


def _order(found: JournalLine, line: bytes) -> tuple[str, tuple[str, ...], int, str]:
    """What a line is sorted by. What it does not say, or not as we write it, comes first."""
    said: dict[str, Any] = {}
    with suppress(ValueError, RecursionError):
        said = json.loads(line)
    article, repeat, types = (said.get(name) for name in ("article_id", "repeat", "claim_types"))
    return (
        article if isinstance(article, str) else "",
        tuple(map(str, types)) if isinstance(types, list) else (),
        repeat if isinstance(repeat, int) else 0,
        found.key,
    )


def _there(path: Path) -> Iterator[bytes]:
    """The lines that were set aside before."""
    if path.exists():
        with path.open("rb") as file:
            yield from map(_in_form, file)


def _cut(file: IO[bytes], places: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    for offset, length in places:
        file.seek(offset)
        yield _in_form(file.read(length))


def _in_form(line: bytes) -> bytes:
    """A line that ends with one line break, whatever a program or a crash has made of its end."""
    return line.strip() + b"\n"


def _write(path: Path, lines: Iterable[bytes], n_bytes: int | None = None) -> None:
    """Put lines in the place of a file, all at once; `n_bytes` is how long it is to be before."""
    # A link to a file that is kept elsewhere stays one.
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        if n_bytes is not None and path.stat().st_size != n_bytes:
            # Not every file system keeps locks, and not every program asks for them.
            raise JournalError(f"{path}: was written while it was tidied; tidy it again")
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
