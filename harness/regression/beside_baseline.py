"""A cell as it stands beside the baseline: exact scores, differences, claims lost and gained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from harness.evaluate import CellComparison, CountVectors, Resampling, compare_vectors
from harness.records import Article, Cell, Level
from harness.regression.claim_ids import KnownClaim
from harness.regression.exact_scores import ExactScore, exact_scores
from harness.regression.standing import CellStanding

__all__ = ["BesideBaseline", "MovedClaim", "Reference"]


@dataclass(frozen=True, eq=False)
class Reference:
    """What a cell is compared with.

    Parameters
    ----------
    cell
        Where it stood.
    articles
        The ids of the articles on which the two can be compared.
    note
        What it is, where it is not simply the baseline.
    """

    cell: CellStanding
    articles: frozenset[str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class MovedClaim:
    """A gold claim that is found less often than before, or more often.

    Parameters
    ----------
    before, now
        In how many replies of how many.
    """

    claim: KnownClaim
    before: tuple[int, int]
    now: tuple[int, int]

    @property
    def is_lost(self) -> bool:
        """Whether it is found less often."""
        return _share(self.now) < _share(self.before)


@dataclass(frozen=True, eq=False)
class BesideBaseline:
    """A cell as it stands, and what it is compared with.

    Parameters
    ----------
    now
        A cell that has all of its replies.
    reference
        None where there is nothing to compare with; `no_reference` says why.
    claims
        The required gold claims by id.
    """

    now: CellStanding
    reference: Reference | None
    no_reference: str
    claims: Mapping[str, KnownClaim]
    articles: Mapping[str, Article]
    resampling: Resampling = Resampling()  # noqa: RUF009 - frozen

    @property
    def cell(self) -> Cell:
        """Its model and prompt."""
        return self.now.cell

    @property
    def counts(self) -> CountVectors:
        """The counts of today."""
        assert self.now.counts is not None
        return self.now.counts

    def is_labelled(self, claim_type: str) -> bool:
        """Whether any article is labelled with a claim type, today or in what is compared with."""
        both = [self.now, *([self.reference.cell] if self.reference else [])]
        return any(place[1] == claim_type for cell in both for place in cell.found)

    def scores(self, level: Level) -> Mapping[str, ExactScore]:
        """Today's scores over all articles."""
        if ("now", level) not in self._scores:
            self._scores["now", level] = exact_scores(self.counts, level)
        return self._scores["now", level]

    @cached_property
    def _scores(self) -> dict[tuple[str, Level], Mapping[str, ExactScore]]:
        return {}

    def scores_of_both(
        self, level: Level
    ) -> tuple[Mapping[str, ExactScore], Mapping[str, ExactScore]]:
        """The scores before and now, over the articles on which they can be compared."""
        found = []
        for name, vectors in zip(("before", "after"), self.both, strict=True):
            if (name, level) not in self._scores:
                self._scores[name, level] = exact_scores(vectors, level)
            found.append(self._scores[name, level])
        return found[0], found[1]

    @cached_property
    def both(self) -> tuple[CountVectors, CountVectors]:
        """The counts before and now of the articles on which they can be compared."""
        assert self.reference is not None
        before = self.reference.cell.counts
        assert before is not None
        chosen = self.reference.articles & set(before.article_ids) & set(self.counts.article_ids)
        return before.select(chosen), self.counts.select(chosen)

    @cached_property
    def comparisons(self) -> Mapping[tuple[str, Level], CellComparison]:
        """The differences with their intervals and p, by claim type and level; now minus before."""
        before, now = ((self.cell, vectors) for vectors in self.both)
        rows = compare_vectors(before, now, self.articles, self.resampling)
        return {(row.claim_type, row.level): row for row in rows}

    @cached_property
    def is_moved(self) -> bool:
        """Whether any count or any claim is not what it was."""
        if self.reference is None:
            return False
        before, now = map(_only_labelled, self.both)
        if before.claim_types != now.claim_types or before.article_ids != now.article_ids:
            return True
        # The level content is in no baseline.
        if (before.means[:, :, :2] != now.means[:, :, :2]).any():
            return True
        return any(self.moved("lenient")) or any(self.moved("strict"))

    def moved(self, level: Level, claim_type: str | None = None) -> Iterator[MovedClaim]:
        """The gold claims that are found less or more often than before."""
        if self.reference is None:
            return
        then = self.reference.cell
        n_before, n_now = (_replies(vectors) for vectors in self.both)
        for place, found in sorted(self.now.found.items()):
            if claim_type not in (None, place[1]) or place not in then.found:
                continue
            if place not in n_before or place not in n_now:
                continue
            old = then.found[place]
            if old == found and n_before[place] == n_now[place]:
                continue
            times = dict(zip(old.digests, old.times(level), strict=True))
            for digest, n in zip(found.digests, found.times(level), strict=True):
                if digest not in times:
                    continue
                before, now = (times[digest], n_before[place]), (n, n_now[place])
                known = self.claims.get(f"{place[0]}:{place[1]}:{digest}")
                if known is not None and _share(before) != _share(now):
                    yield MovedClaim(known, before, now)


def _only_labelled(vectors: CountVectors) -> CountVectors:
    """Those of the claim types that are labelled, by name."""
    names = [
        name
        for column, name in enumerate(vectors.claim_types)
        if vectors.n_repeats[:, column].any()
    ]
    return vectors.select(vectors.article_ids, sorted(names))


def _share(times: tuple[int, int]) -> Fraction:
    return Fraction(times[0], max(times[1], 1))


def _replies(vectors: CountVectors) -> dict[tuple[str, str], int]:
    """The replies behind each labelled place."""
    return {
        (article_id, claim_type): n
        for article_id, row in zip(vectors.article_ids, vectors.n_repeats.tolist(), strict=True)
        for claim_type, n in zip(vectors.claim_types, row, strict=True)
        if n
    }
