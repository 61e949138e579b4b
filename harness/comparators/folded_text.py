"""A text folded as a whole, and where in it each part of the folded text came from."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Literal

from harness.comparators.fold import fold

__all__ = ["FoldedText"]

# What folding neither strips nor changes, nor lets a neighbour combine with.
_GUARD = "#"
_ASCII = bytes(range(128))
# Beside the characters themselves, folding shortens runs of white space and full stops, and nothing
# else. As one byte for each character they are found many times faster than in a text.
_RUN = re.compile(rb"  +")
_RUN_OR_NOT = bytes(32 if chr(code).isspace() or chr(code) == "." else 120 for code in range(256))

_Change = Literal["", "joined", "removed", "other"]


class FoldedText:
    """A text, its folded form, and the way back from one to the other.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> folded = FoldedText("Oﬀ…\u00a0 “Straße”")
    >>> folded.folded
    "off... 'strasse'"
    >>> start = folded.folded.index("strasse")
    >>> folded.source(start, start + len("strasse"))
    (6, 12)
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def folded(self) -> str:
        """The text as `fold` has it, but with both its ends as they are: nothing is stripped."""
        return fold(f"{_GUARD}{self.text}{_GUARD}")[1:-1]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Find the part of the text that was folded into a part of the folded text.

        Parameters
        ----------
        start, end
            Offsets into `folded`, half-open, ``start < end``.

        Returns
        -------
        tuple of int
            Offsets into `text`, half-open: the shortest part that holds all that the folded part
            came from. Characters that stand for several, or that combine, are held entirely.
        """
        for layer in self._layers:
            start, end = layer.start(start), layer.end(end)
        return start, end

    @cached_property
    def _layers(self) -> tuple[_Offsets, ...]:
        """What changed in length, the last change first."""
        text, layers = self.text, []
        clusters = None if text.isascii() else _clusters(text)
        if clusters is not None:
            text, offsets = _replace(text, [match.span() for match in clusters.finditer(text)])
            layers.append(offsets)
        if len(text) != len(self.folded):
            marks = text.encode("ascii", "replace").translate(_RUN_OR_NOT)
            layers.append(_replace(text, [match.span() for match in _RUN.finditer(marks)])[1])
        return tuple(reversed(layers))


class _Offsets:
    """Offsets from a changed text back into its source, kept for what was replaced alone."""

    __slots__ = ("_ends", "_source_ends", "_source_starts", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._source_starts: list[int] = []
        self._source_ends: list[int] = []

    def add(self, start: int, end: int, source_start: int, source_end: int) -> None:
        """Note a replacement; they come in order."""
        self._starts.append(start)
        self._ends.append(end)
        self._source_starts.append(source_start)
        self._source_ends.append(source_end)

    def start(self, at: int) -> int:
        """Where in the source a part that starts at `at` starts."""
        number = bisect_right(self._starts, at) - 1
        if number < 0:
            return at
        if at < self._ends[number]:
            return self._source_starts[number]
        return self._source_ends[number] + at - self._ends[number]

    def end(self, at: int) -> int:
        """Where in the source a part that ends at `at` ends."""
        # What starts at the end is not part of it: neither is what was removed there.
        number = bisect_left(self._starts, at) - 1
        if number < 0:
            return at
        return self._source_ends[number] + max(0, at - self._ends[number])


def _replace(text: str, spans: Iterable[tuple[int, int]]) -> tuple[str, _Offsets]:
    """Fold some parts of a text, and leave the rest as it is."""
    offsets = _Offsets()
    parts: list[str] = []
    source = end = 0
    for first, last in spans:
        old = text[first:last]
        new = _fold_inside(old)
        if new == old:
            continue
        parts += (text[source:first], new)
        start = end + first - source
        source, end = last, start + len(new)
        offsets.add(start, end, first, last)
    parts.append(text[source:])
    return "".join(parts), offsets


def _fold_inside(text: str) -> str:
    """What a part of a text is folded into inside of the text, where nothing is stripped."""
    return fold(f"{_GUARD}{text}{_GUARD}")[1:-1]


def _clusters(text: str) -> re.Pattern[str] | None:
    """Find what is not folded character by character into one character each."""
    # Most of a text is ASCII: bytes lose it several times faster than characters are gone through.
    beyond = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    characters = set(beyond.decode("utf-8", "surrogatepass"))
    changes = {character: _change(character) for character in characters}
    by_change = {
        change: _members(character for character, found in changes.items() if found == change)
        for change in ("joined", "removed", "other")
    }
    return _cluster_pattern(**by_change) if any(by_change.values()) else None


def _members(characters: Iterable[str]) -> str:
    return "".join(sorted(characters))


@lru_cache(maxsize=256)
def _cluster_pattern(joined: str, removed: str, other: str) -> re.Pattern[str]:
    patterns = []
    if joined:
        # Up to the last that combines, whatever is removed in between.
        patterns.append(f".?[{re.escape(joined + removed)}]*[{re.escape(joined)}]")
    if removed:
        patterns.append(f"[{re.escape(removed)}]+")
    if other:
        patterns.append(f"[{re.escape(other)}]")
    return re.compile("|".join(patterns), re.DOTALL)


@lru_cache(maxsize=65536)
def _change(character: str) -> _Change:
    """In what way a character beyond ASCII is not folded by itself into one character."""
    folded = _fold_inside(character)
    if not folded:
        return "removed"
    if _combines(character):
        return "joined"
    if len(folded) > 1 or folded in {" ", "."}:  # the latter so that runs are ASCII
        return "other"
    return ""


def _combines(character: str) -> bool:
    """Whether NFKC may combine a character with those before it, or move it among them."""
    first = unicodedata.normalize("NFKD", character)[0]
    return (
        unicodedata.combining(first) != 0
        or unicodedata.category(first) in {"Mn", "Mc", "Me"}
        or "\u1160" <= first <= "\u11ff"  # Hangul vowels and final consonants
        or "\U00016d63" <= first <= "\U00016d6a"  # Kirat Rai vowels, which are letters
    )
