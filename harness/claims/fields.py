"""How the fields of a claim say what they are compared by."""

from __future__ import annotations

from dataclasses import dataclass

from harness.comparators import COMPARATORS, Comparator
from harness.errors import SchemaError
from harness.records import Claim

__all__ = ["Compare", "Verbatim"]


@dataclass(frozen=True, slots=True, init=False)
class Compare:
    """An annotation: this field is compared, and how.

    Parameters
    ----------
    by
        A comparator, or its name in `harness.comparators.COMPARATORS`.
    key
        The field is part of what makes a claim the same claim: a strict pair has it exact, and
        it counts in the mean of a lenient pair.
    anchor
        The key field that says which claim is meant. Each claim type has one; a lenient pair
        has it alike by at least one half.
    through
        A claim type whose gold claims resolve this value first: two values that both name one
        of them are equal if it is the same one, and unequal otherwise.
    titles_in
        Another field of the claim, whose words may stand in front of the name ("role").

    Examples
    --------
    >>> from typing import Annotated
    >>> speaker = Annotated[str, Compare("name", key=True, through="actors")]
    """

    by: Comparator
    key: bool
    anchor: bool
    through: str | None
    titles_in: str | None

    def __init__(
        self,
        by: Comparator | str,
        *,
        key: bool = False,
        anchor: bool = False,
        through: str | None = None,
        titles_in: str | None = None,
    ) -> None:
        if isinstance(by, str):
            if by not in COMPARATORS:
                raise SchemaError(f"there is no comparator {by!r}; there are {sorted(COMPARATORS)}")
            by = COMPARATORS[by]
        object.__setattr__(self, "by", by)
        object.__setattr__(self, "key", key or anchor)
        object.__setattr__(self, "anchor", anchor)
        object.__setattr__(self, "through", through)
        object.__setattr__(self, "titles_in", titles_in)

    def titles_of(self, values: Claim) -> str:
        """The words of a claim that may stand in front of its name."""
        return str(values.get(self.titles_in) or "") if self.titles_in else ""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An annotation: this field is copied from the article to the letter."""
