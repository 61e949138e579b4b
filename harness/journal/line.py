"""A line of the journal: a reply as JSON, with what it takes to find it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from harness.records import Attempt, Reply, Unit

__all__ = ["JournalLine", "read_line", "write_line"]


@dataclass(frozen=True, slots=True)
class JournalLine(Reply):
    """A reply and the key of its request.

    Parameters
    ----------
    raw_sha256
        Of a reply that is too long for a line, the name of the file that it stands in.
    """

    key: str = ""
    raw_sha256: Annotated[str | None, Field(pattern="^[0-9a-f]{64}$")] = None

    def reply(self, raw: str | None = None) -> Reply:
        """The reply by itself; `raw` takes the place of the text in the line."""
        values = {name: getattr(self, name) for name in _REPLY_FIELDS}
        return Reply(**values if raw is None else values | {"raw": raw})


_REPLY_FIELDS = tuple(field.name for field in fields(Reply))
_ATTEMPT_FIELDS = tuple(field.name for field in fields(Attempt))
_LINE = TypeAdapter(JournalLine)
_ALWAYS = frozenset({"key", "claims"})


def read_line(line: bytes) -> JournalLine | None:
    """The reply in a line; None where there is none: the line is torn or damaged."""
    try:
        found = _LINE.validate_json(line)
    except ValidationError:
        # Half a surrogate pair is an escape that only Python's reader takes.
        if b"\\u" not in line:
            return None
        try:
            found = _LINE.validate_python(json.loads(line))
        except (ValueError, TypeError, RecursionError):
            return None
    return found if found.key else None


def write_line(
    key: str, unit: Unit, claim_types: tuple[str, ...], reply: Reply, raw_sha256: str | None = None
) -> bytes:
    """Write a reply as a line, which ends with a line break.

    Parameters
    ----------
    raw_sha256
        The name of the file in which the raw reply stands, which is then not in the line.
    """
    entry: dict[str, Any] = {
        "key": key,
        "article_id": unit.article_id,
        "repeat": unit.repeat,
        "claim_types": claim_types,
        "claims": reply.claims,
        "failure": asdict(reply.failure) if reply.failure else None,
        "invalid_items": [asdict(item) for item in reply.invalid_items],
        "warnings": reply.warnings,
        "reasks": reply.reasks,
        "finish_reason": reply.finish_reason,
        "attempts": list(map(_known, reply.attempts)),
        "elapsed_s": reply.elapsed_s,
        "raw": "" if raw_sha256 else reply.raw,
        "raw_sha256": raw_sha256,
    }
    entry = {name: value for name, value in entry.items() if value or name in _ALWAYS}
    text = _ENCODER.encode(entry)
    # Half a surrogate pair becomes the JSON escape that it came from.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _known(attempt: Attempt) -> dict[str, Any]:
    """Without what is unknown, except where that says something: it was asked in a batch."""
    values = {name: getattr(attempt, name) for name in _ATTEMPT_FIELDS}
    return {
        name: value for name, value in values.items() if value is not None or name == "latency_s"
    }


def _plain(value: object) -> object:
    """Mappings and sequences of any kind as JSON has them."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value)  # type: ignore[call-overload]


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_plain)
