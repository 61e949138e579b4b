"""Names of people, organisations and states."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from harness.comparators.fold import fold, words
from harness.comparators.interface import Comparator, Similarities, equal

__all__ = ["NameComparator"]

_ARTICLES = frozenset({"the", "a", "an"})
_POSSESSIVES = frozenset({"my", "our", "your", "his", "her", "its", "their"})
# Forms of address and offices that mean a person when they stand before a name. Words that also
# begin the names of bodies ("General Motors", "Justice Department") are left out; the gold role
# of an actor covers them.
_TITLES = (
    "mr,mrs,ms,miss,mx,sir,madam,dame,lord,lady,mister,monsieur,madame,herr,frau,"
    "dr,doctor,prof,professor,rev,reverend,hon,honorable,honourable,his excellency,"
    "her excellency,president,vice president,vice-president,prime minister,premier,"
    "deputy prime minister,foreign minister,defence minister,defense minister,"
    "finance minister,interior minister,foreign secretary,deputy minister,"
    "deputy foreign minister,minister,chancellor,senator,sen,representative,rep,congressman,"
    "congresswoman,governor,gov,mayor,ambassador,secretary,secretary of state,"
    "secretary-general,secretary general,spokesman,spokeswoman,spokesperson,press secretary,"
    "chairman,chairwoman,chairperson,king,queen,prince,princess,pope,sheikh,sultan,emperor,"
    "gen,col,colonel,maj,capt,captain,lt,lieutenant,sgt,sergeant,adm,admiral,judge"
)
_HONORIFICS = frozenset(tuple(title.split()) for title in _TITLES.split(","))
_LONGEST_HONORIFIC = max(len(title) for title in _HONORIFICS)
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.)+(?:[^\W\d_]\b\.?|(?=\s|$))")
_POSSESSIVE_END = re.compile(r"'s$")  # the apostrophe of "the States'" is folded away
_NO_TITLES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Name:
    value: str
    text: str
    words: frozenset[str]
    titles: frozenset[str]


class NameComparator(Comparator):
    """Exact: equal as names. Similarity: Dice of the sets of words.

    A name is folded, loses the full stops between single letters and a possessive ending, and
    loses what stands in front of it: an article, a possessive, an honorific, the words of the
    gold actor's role. It never loses its last word.

    References
    ----------
    Dice, "Measures of the Amount of Ecologic Association Between Species", 1945.
    """

    name: ClassVar[str] = "name"

    def prepare(self, value: str) -> _Name:
        """Normalise a name."""
        return _prepare(value, _NO_TITLES)

    def prepare_gold(self, value: str, titles: str = "") -> _Name:
        """Normalise a gold name, from which the words of `titles` may be missing or present."""
        return _prepare(value, _title_words(titles) if titles else _NO_TITLES)

    def compare(self, gold: Sequence[_Name], predicted: Sequence[_Name]) -> Similarities:
        """Compare n gold names with m predicted ones."""
        index: dict[str, int] = {}
        for name in (*gold, *predicted):
            for word in name.words:
                index.setdefault(word, len(index))
        # Floats count words exactly, and are multiplied much faster than integers.
        common = _indicators(gold, index) @ _indicators(predicted, index).T
        numerator = 2 * common.astype(np.int64)
        denominator = np.add.outer(_sizes(gold), _sizes(predicted)).clip(min=1)
        exact = equal([name.text for name in gold], [name.text for name in predicted])
        numerator = np.where(exact, denominator, numerator)
        self._compare_without_titles(gold, predicted, exact, numerator, denominator)
        return Similarities(exact, numerator, denominator)

    @staticmethod
    def _compare_without_titles(
        gold: Sequence[_Name],
        predicted: Sequence[_Name],
        exact: NDArray[np.bool_],
        numerator: NDArray[np.int64],
        denominator: NDArray[np.int64],
    ) -> None:
        """Compare again the few pairs whose predicted name begins with the gold role's words."""
        if not any(name.titles for name in gold):
            return
        first_words = [_bare(name.text.partition(" ")[0]) for name in predicted]
        for row, name in enumerate(gold):
            if not name.titles:
                continue
            for column, first_word in enumerate(first_words):
                if first_word in name.titles:
                    bare = _prepare(predicted[column].value, name.titles)
                    exact[row, column] = bare.text == name.text
                    total = max(len(bare.words) + len(name.words), 1)
                    denominator[row, column] = total
                    numerator[row, column] = (
                        total if bare.text == name.text else 2 * len(bare.words & name.words)
                    )


@lru_cache(maxsize=65536)
def _prepare(value: str, titles: frozenset[str]) -> _Name:
    # Words in front are dropped while initials still have their full stop: "A." is no article.
    parts = fold(value).split()
    while len(parts) > 1 and (n := _n_words_in_front(parts, titles)):
        parts = parts[n:]
    text = fold(_POSSESSIVE_END.sub("", _join_initials(fold(" ".join(parts)))))
    return _Name(value, text, frozenset(words(text)), titles)


@lru_cache(maxsize=4096)
def _title_words(titles: str) -> frozenset[str]:
    return frozenset(_bare(word) for word in titles.split()) - {""}


@lru_cache(maxsize=4096)
def _bare(word: str) -> str:
    return _join_initials(fold(word))


def _join_initials(text: str) -> str:
    return _INITIALS.sub(_without_full_stops, text)


def _without_full_stops(match: re.Match[str]) -> str:
    return match.group().replace(".", "")


def _n_words_in_front(parts: Sequence[str], titles: frozenset[str]) -> int:
    """How many words at the front are no part of the name; never all of them."""
    front = [_bare(part) for part in parts[:_LONGEST_HONORIFIC]]
    for n in range(min(_LONGEST_HONORIFIC, len(parts) - 1), 0, -1):
        # "Minister of Defence" is an office that stands alone, no name behind a title.
        if tuple(front[:n]) in _HONORIFICS and parts[n] not in {"of", "for", "to"}:
            return n
    if parts[0] in _ARTICLES or parts[0] in _POSSESSIVES or front[0] in titles:
        return 1
    return 0


def _indicators(names: Sequence[_Name], index: Mapping[str, int]) -> NDArray[np.float64]:
    rows = np.zeros((len(names), max(len(index), 1)))
    for row, name in enumerate(names):
        for word in name.words:
            rows[row, index[word]] = 1
    return rows


def _sizes(names: Sequence[_Name]) -> NDArray[np.int64]:
    return np.array([len(name.words) for name in names], dtype=np.int64)
