"""Names of people, organisations and states."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import chain, count, repeat
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.comparators.blocks import Blocks, Places, equal_pairs
from harness.comparators.fold import fold, fold_many, words
from harness.comparators.interface import EXACT, AlikeArrays, Comparator, Comparison

__all__ = ["NameComparator", "PreparedName"]

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
# By their first word, the longest first.
_HONORIFICS: dict[str, list[list[str]]] = {}
for _title in sorted(map(str.split, _TITLES.split(",")), key=len, reverse=True):
    _HONORIFICS.setdefault(_title[0], []).append(_title)
# "Minister of Defence" and "ambassador in Moscow" are offices, and what follows is no name.
_BEHIND_AN_OFFICE = frozenset(
    {"and", "at", "for", "from", "in", "of", "on", "to", "with", "without"}
)
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.)+(?:[^\W\d_]\b\.?|(?=\s|$))")
_SPACED_INITIALS = re.compile(r"(?<=\b[^\W\d_]\.) (?=[^\W\d_]\.)")
_POSSESSIVE_END = "'s"  # the apostrophe of "the States'" is folded away
_NO_TITLES: frozenset[str] = frozenset()


# A name that begins with none of these and has no full stop or apostrophe is a name as it stands.
_MAYBE_IN_FRONT = _ARTICLES | _POSSESSIVES | _HONORIFICS.keys()
_NO_WORDS = ("",)


class PreparedName(NamedTuple):
    """A name as it is compared.

    Parameters
    ----------
    value
        The name as it was given.
    text, words
        What is left of it, and the words of that.
    front
        Its first word, where others follow: what a title would hide.
    titles
        Words that are removed from its front, besides those removed from any name.
    """

    value: str
    text: str
    words: frozenset[str]
    front: str
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

    def prepare(self, value: str) -> PreparedName:
        """Normalise a name."""
        return _prepare(value, fold(value), _NO_TITLES)

    def prepare_gold(self, value: str, titles: str = "") -> PreparedName:
        """Normalise a gold name, from which the words of `titles` may be missing or present."""
        return _prepare(value, fold(value), _title_words(titles) if titles else _NO_TITLES)

    def prepare_many(self, values: Sequence[str]) -> list[PreparedName]:
        """Normalise names."""
        return _prepare_many(values, repeat(_NO_TITLES, len(values)))

    def prepare_gold_many(self, values: Sequence[str], titles: Sequence[str]) -> list[PreparedName]:
        """Normalise gold names, each with its titles."""
        return _prepare_many(
            values, [_title_words(each) if each else _NO_TITLES for each in titles]
        )

    def identity(self, value: str) -> str:
        """The name as it is compared."""
        return self.prepare(value).text

    def overlaps(self, gold: PreparedName, predicted: PreparedName) -> bool:
        """Whether two names share at least half of the words of the shorter one."""
        fewer = min(len(gold.words), len(predicted.words))
        return 0 < fewer <= 2 * len(gold.words & predicted.words)

    def pair(self, gold: PreparedName, predicted: PreparedName) -> Comparison:
        """Compare one name with one name."""
        if predicted.front in gold.titles:
            predicted = _prepare(predicted.value, fold(predicted.value), gold.titles)
        if gold.text == predicted.text:
            return EXACT
        n_words = len(gold.words) + len(predicted.words)
        return Comparison(False, 2 * len(gold.words & predicted.words), n_words or 1)

    def alike_within(
        self,
        gold: Sequence[PreparedName],
        predicted: Sequence[PreparedName],
        gold_blocks: Blocks,
        blocks: Blocks,
    ) -> AlikeArrays:
        """Find the pairs of names that are at least half alike, by the words they share."""
        # Each pair is one number, once.
        n_columns = max(blocks.n_items, 1)
        keys, n_shared = np.unique(
            _sharing(
                [name.words or _NO_WORDS for name in gold],
                [name.words or _NO_WORDS for name in predicted],
                (gold_blocks, blocks),
            ),
            return_counts=True,
        )
        hidden = self._with_title(gold, predicted, (gold_blocks, blocks))
        if hidden.size:
            kept = np.isin(keys, hidden, invert=True)
            keys, n_shared = keys[kept], n_shared[kept]
        rows, columns = np.divmod(keys, n_columns)
        exact = _texts(gold)[rows] == _texts(predicted)[columns]
        n_words = _sizes(gold)[rows] + _sizes(predicted)[columns]
        # Two different names without a word are not alike.
        alike = exact | ((4 * n_shared >= n_words) & (n_words > 0))
        numerators = 2 * n_shared
        numerators[exact] = n_words[exact] = 1
        found = AlikeArrays(rows, columns, exact, numerators, n_words).where(alike)
        if not hidden.size:
            return found
        pairs = (divmod(key, n_columns) for key in hidden.tolist())
        compared = ((*pair, self.pair(gold[pair[0]], predicted[pair[1]])) for pair in pairs)
        return found + AlikeArrays.of((*pair, *each) for *pair, each in compared if each.is_alike)

    def _with_title(
        self,
        gold: Sequence[PreparedName],
        predicted: Sequence[PreparedName],
        blocks: tuple[Blocks, Blocks],
    ) -> Places:
        """The pairs of which the predicted name may begin with a title of the gold name."""
        fronts = [name.front for name in predicted]
        if frozenset().union(*[name.titles for name in gold]).isdisjoint(fronts):
            return np.zeros(0, dtype=np.int64)
        # Most words stand in front of no name: they need no number.
        known = frozenset(fronts)
        titles = [name.titles & known for name in gold]
        return np.unique(_sharing(titles, [(front,) for front in fronts], blocks))


def _sharing(
    one: Sequence[Collection[str]], other: Sequence[Collection[str]], blocks: tuple[Blocks, Blocks]
) -> Places:
    """Each pair of items within a block, as one number, as often as there are words in both."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    keys, places = [], []
    for items, own in zip((one, other), blocks, strict=True):
        words = list(map(numbers.__getitem__, chain.from_iterable(items)))
        place = np.arange(len(items)).repeat(list(map(len, items)))
        keys.append((np.array(words, dtype=np.int64), own.numbers[place]))
        places.append(place)
    found = equal_pairs(*[block * len(numbers) + word for word, block in keys])
    rows, columns = (place[at] for place, at in zip(places, found, strict=True))
    return rows * max(len(other), 1) + columns


def _texts(names: Sequence[PreparedName]) -> NDArray[Any]:
    return np.array([name.text for name in names], dtype=np.object_)


def _sizes(names: Sequence[PreparedName]) -> NDArray[np.int64]:
    return np.array([len(name.words) for name in names], dtype=np.int64)


def _prepare_many(values: Sequence[str], titles: Iterable[frozenset[str]]) -> list[PreparedName]:
    """Normalise names: most are plain words, of which nothing is lost, and take no call each."""
    found = []
    for value, folded, own in zip(values, fold_many(values), titles, strict=True):
        parts = folded.split()
        front = parts[0] if len(parts) > 1 else ""
        if (
            front in _MAYBE_IN_FRONT
            or front in own
            or not (folded.isascii() and folded.replace(" ", "").isalnum())
        ):
            found.append(_prepare(value, folded, own))
        else:
            found.append(PreparedName(value, folded, frozenset(parts), front, own))
    return found


@lru_cache(maxsize=16384)
def _prepare(value: str, folded: str, titles: frozenset[str] = _NO_TITLES) -> PreparedName:
    parts = folded.split()
    is_plain = _is_plain(folded)
    if is_plain:
        # All that a name of plain words may lose stands in front of it.
        front = parts[0] if len(parts) > 1 else ""
        if front not in _MAYBE_IN_FRONT and front not in titles:
            return PreparedName(value, folded, frozenset(parts), front, titles)
    else:
        front = _bare(parts[0]) if len(parts) > 1 else ""
    if front in _MAYBE_IN_FRONT or front in titles:
        # Words in front are dropped while initials have their full stop: "A." is no article.
        n_parts = len(parts)
        while len(parts) > 1 and (n := _n_words_in_front(parts, titles)):
            parts = parts[n:]
        front = _bare(parts[0]) if len(parts) > 1 else ""
        if len(parts) < n_parts:
            folded = " ".join(parts)
            is_plain = is_plain or _is_plain(folded)
            if not is_plain:
                folded = fold(folded)
    if not is_plain:
        bare = _join_initials(folded).removesuffix(_POSSESSIVE_END)
        if bare != folded:
            folded = bare if _is_plain(bare) else fold(bare)
        parts = words(folded)
    return PreparedName(value, folded, frozenset(parts), front, titles)


def _is_plain(text: str) -> bool:
    """Whether a text is all words of letters and digits: when folded, it stays as it is."""
    return text.isascii() and text.replace(" ", "").isalnum()


@lru_cache(maxsize=4096)
def _title_words(titles: str) -> frozenset[str]:
    parts = titles.lower().split()
    if titles.isascii() and "".join(parts).isalnum():
        return frozenset(parts)
    return frozenset(_bare(word) for word in titles.split()) - {""}


def _bare(word: str) -> str:
    return word.lower() if word.isalpha() and word.isascii() else _bare_of_marks(word)


@lru_cache(maxsize=4096)
def _bare_of_marks(word: str) -> str:
    return _join_initials(fold(word))


def _join_initials(text: str) -> str:
    if "." not in text:
        return text
    return _INITIALS.sub(_without_full_stops, _SPACED_INITIALS.sub("", text))


def _without_full_stops(match: re.Match[str]) -> str:
    return match.group().replace(".", "")


def _n_words_in_front(parts: Sequence[str], titles: frozenset[str]) -> int:
    """How many words at the front are no part of the name; never all of them."""
    first = _bare(parts[0])
    for title in _HONORIFICS.get(first, ()):
        n = len(title)
        if (
            n < len(parts)
            and (n == 1 or list(map(_bare, parts[:n])) == title)
            and parts[n] not in _BEHIND_AN_OFFICE
        ):
            return n
    if parts[0] in _ARTICLES or parts[0] in _POSSESSIVES or first in titles:
        return 1
    return 0
