"""The journal: every reply is on disk before it is used.

One file for each model and version of a prompt, append-only, one JSON line a request. It is shared
by all runs; the last valid line of a key wins.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.errors import JournalError
from harness.records import Attempt, Failure, InvalidItem, Reply, Unit

__all__ = ["Journal"]


class Journal:
    """The replies under a results folder.

    Parameters
    ----------
    results
        The results folder; the journal is ``responses/`` in it.
    """

    def __init__(self, results: Path) -> None:
        self.folder = results / "responses"
        self._known: dict[Path, dict[str, Reply]] = {}
        self.n_torn_lines = 0

    def path_of(self, unit: Unit) -> Path:
        """The file that a unit's replies stand in."""
        name = f"{_file_name(unit.prompt)}@{unit.prompt_version}.jsonl"
        return self.folder / _file_name(unit.model) / name

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
        line = json.dumps(_to_json(key, unit, claim_types, reply), ensure_ascii=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                # A line that was torn by a crash must not swallow this one.
                torn = file.tell() > 0 and not _ends_with_newline(path)
                text = ("\n" if torn else "") + line + "\n"
                file.write(text.encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalError(f"{path}: the reply cannot be written: {error}") from error
        self._known.setdefault(path, {})[key] = reply

    def _read(self, path: Path) -> dict[str, Reply]:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise JournalError(f"{path}: cannot be read: {error}") from error
        replies = {}
        for line in content.splitlines():
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
                replies[entry["key"]] = _from_json(entry)
            except (ValueError, KeyError, TypeError):
                self.n_torn_lines += 1
        return replies


def _file_name(name: str) -> str:
    encoded = quote(name, safe=" ").replace("~", "%7E")
    return encoded.replace(".", "%2E", 1) if encoded.startswith(".") else encoded


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _to_json(
    key: str, unit: Unit, claim_types: tuple[str, ...], reply: Reply
) -> dict[str, Any]:
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


def _from_json(entry: Mapping[str, Any]) -> Reply:
    failure = entry.get("failure")
    return Reply(
        claims=entry["claims"],
        failure=Failure(**failure) if failure else None,
        invalid_items=tuple(InvalidItem(**item) for item in entry.get("invalid_items", ())),
        warnings=tuple(entry.get("warnings", ())),
        raw=entry.get("raw", ""),
        finish_reason=entry.get("finish_reason"),
        attempts=tuple(Attempt(**attempt) for attempt in entry.get("attempts", ())),
        reasks=entry.get("reasks", 0),
    )
