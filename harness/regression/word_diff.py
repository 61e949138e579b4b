"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

__all__ = ["DiffPart", "Hunk", "word_diff"]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_CONTEXT = 1


class DiffPart(NamedTuple):
    """A stretch of text that both have, or one of them."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that differ, with one line around them.

    Parameters
    ----------
    line
        The first of them in the new text, from 1.
    """

    line: int
    parts: tuple[DiffPart, ...]


def word_diff(old: str, new: str) -> tuple[Hunk, ...]:
    """What changed, in the order of the new text.

    Examples
    --------
    >>> [hunk] = word_diff("Take what it states.", "Take only what it states.")
    >>> [part for part in hunk.parts if part.kind != "same"]
    [DiffPart(kind='added', text=' only')]
    """
    old_lines, new_lines = (text.splitlines(keepends=True) for text in (old, new))
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    hunks = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        parts: list[DiffPart] = []
        for tag, old_from, old_to, new_from, new_to in group:
            removed = "".join(old_lines[old_from:old_to])
            added = "".join(new_lines[new_from:new_to])
            if tag == "equal":
                parts.append(DiffPart("same", added))
            else:
                parts.extend(_words_of_lines(removed, added))
        hunks.append(Hunk(group[0][3] + 1, tuple(_merged(parts))))
    return tuple(hunks)


def _words_of_lines(old: str, new: str) -> Iterator[DiffPart]:
    old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield DiffPart("same", "".join(new_words[new_from:new_to]))
            continue
        if old_from < old_to:
            yield DiffPart("removed", "".join(old_words[old_from:old_to]))
        if new_from < new_to:
            yield DiffPart("added", "".join(new_words[new_from:new_to]))


def _merged(parts: Sequence[DiffPart]) -> Iterator[DiffPart]:
    """Neighbours of one kind as one part."""
    last: DiffPart | None = None
    for part in parts:
        if last is not None and last.kind == part.kind:
            last = DiffPart(part.kind, last.text + part.text)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last
