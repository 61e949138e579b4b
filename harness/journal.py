"""The journal: every reply is on disk before it is used.

One file for each model and version of a prompt, append-only, one JSON line a request. It is shared
by all runs; the last valid line of a key wins. What a model wrote stands in the line, or, where it
is long, in a file of its own under ``raw/``, named by its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from harness.corpus import file_stem
from harness.errors import JournalError
from harness.records import Reply, Unit

__all__ = ["Journal"]

_LONGEST_RAW = 64 * 1024
"""Bytes of a raw reply that stand in the line itself."""

_REPLY = TypeAdapter(Reply)
_REPLY_FIELDS = frozenset(field.name for field in fields(Reply))
_SHA256 = re.compile("[0-9a-f]{64}")


class Journal:
    """The replies under a results folder.

    Parameters
    ----------
    results
        The results folder; the journal is ``responses/`` in it.

    Attributes
    ----------
    n_torn_lines
        Lines read so far that hold no reply (torn by a crash, damaged): they are set aside.
    """

    def __init__(self, results: Path) -> None:
        self.folder = results / "responses"
        self._known: dict[Path, dict[str, Reply]] = {}
        self.n_torn_lines = 0

    def path_of(self, unit: Unit) -> Path:
        """The file that a unit's replies stand in."""
        name = f"{file_stem(unit.prompt)}@{unit.prompt_version}.jsonl"
        return self.folder / file_stem(unit.model) / name

    def check_writable(self, units: Iterable[Unit]) -> None:
        """Raise `JournalError` if replies to these units could not be kept."""
        for path in sorted({self.path_of(unit) for unit in units}):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.exists():
                    path.open("ab").close()
                probe = path.with_name(f".{os.getpid()}.tmp")
                try:
                    _write(probe, b"x")
                finally:
                    probe.unlink(missing_ok=True)
            except OSError as error:
                raise JournalError(f"{path}: replies cannot be kept here: {error}") from error

    def find(self, key: str, unit: Unit) -> Reply | None:
        """The reply to a request, or None where it has not been answered."""
        path = self.path_of(unit)
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path].get(key)

    def append(self, key: str, unit: Unit, claim_types: tuple[str, ...], reply: Reply) -> None:
        """Write a reply, so that it is on disk when this returns.

        Raises
        ------
        JournalError
            If it cannot be written (no room, read-only).
        """
        path = self.path_of(unit)
        entry = _to_json(key, unit, claim_types, reply)
        raw = reply.raw.encode("utf-8", "surrogatepass")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if len(raw) > _LONGEST_RAW:
                del entry["raw"]
                entry["raw_sha256"] = self._keep_raw(raw)
            # Half a surrogate pair becomes the JSON escape that it came from.
            line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace")
            with path.open("ab") as file:
                # A line that was torn by a crash must not swallow this one.
                torn = file.tell() > 0 and not _ends_with_newline(path)
                file.write((b"\n" if torn else b"") + line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalError(f"{path}: the reply cannot be written: {error}") from error
        self._known.setdefault(path, {})[key] = reply

    def _raw_path(self, digest: str) -> Path:
        return self.folder / "raw" / f"{digest}.txt"

    def _keep_raw(self, raw: bytes) -> str:
        """Write a long raw reply to a file of its own; the hash that names it."""
        digest = hashlib.sha256(raw).hexdigest()
        path = self._raw_path(digest)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            temporary = path.with_name(f".{digest}.{os.getpid()}.tmp")
            try:
                _write(temporary, raw)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return digest

    def _read(self, path: Path) -> dict[str, Reply]:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise JournalError(f"{path}: cannot be read: {error}") from error
        replies = {}
        for line in content.split(b"\n"):
            if not line.strip():
                continue
            try:
                entry = dict(json.loads(line))
                replies[str(entry["key"])] = self._from_json(entry)
            except (ValueError, KeyError, TypeError, RecursionError):
                self.n_torn_lines += 1
        return replies

    def _from_json(self, entry: Mapping[str, Any]) -> Reply:
        values = {name: value for name, value in entry.items() if name in _REPLY_FIELDS}
        if digest := entry.get("raw_sha256"):
            values["raw"] = self._kept_raw(digest)
        return _REPLY.validate_python(values)

    def _kept_raw(self, digest: str) -> str:
        if not _SHA256.fullmatch(digest):
            raise ValueError(f"{digest!r} is no SHA-256")
        try:
            return self._raw_path(digest).read_bytes().decode("utf-8", "surrogatepass")
        except OSError:
            # It is there for a person to read. The claims stand in the line, and nothing is
            # asked again because the file is gone.
            return ""


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _to_json(key: str, unit: Unit, claim_types: tuple[str, ...], reply: Reply) -> dict[str, Any]:
    entry = {
        "key": key,
        "article_id": unit.article_id,
        "repeat": unit.repeat,
        "claim_types": list(claim_types),
        "claims": {name: list(claims) for name, claims in reply.claims.items()},
        "failure": asdict(reply.failure) if reply.failure else None,
        "invalid_items": [asdict(item) for item in reply.invalid_items],
        "warnings": list(reply.warnings),
        "reasks": reply.reasks,
        "finish_reason": reply.finish_reason,
        "attempts": [
            {name: value for name, value in asdict(attempt).items() if value is not None}
            for attempt in reply.attempts
        ],
        "raw": reply.raw,
    }
    return {name: value for name, value in entry.items() if value or name in {"key", "claims"}}
