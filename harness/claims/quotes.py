"""Quotes: words between quotation marks, and who said them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from harness.claims.fields import Compare, Verbatim

__all__ = ["Quote"]


class Quote(BaseModel):
    """Words that the article puts between quotation marks and attributes to a speaker."""

    guidance: ClassVar[str] = """\
List every stretch of words between quotation marks that somebody is said to have said.
- One quote for each pair of quotation marks: "A," she said. "B." are two.
- A partial quotation of a word or two counts.
- Where a mark is missing or wrong, the quotation begins and ends where the quoted words do.
- The same words twice (headline and body) are one quote.
- Reported speech without quotation marks, titles of works and ironic quotation marks are none."""

    text: Annotated[
        str,
        Compare("text", key=True, anchor=True),
        Verbatim(),
        Field(
            description="The words between the quotation marks, copied to the letter, without the "
            "marks and without the comma or full stop that closes the quotation."
        ),
    ]
    speaker: Annotated[
        str | None,
        Compare("name", key=True, through="actors"),
        Field(
            description="Who said it: the speaker's fullest name in the article without a title, "
            "else the article's shortest description of the speaker; null only where no speaker "
            "is stated. An outlet that merely relays the words is not the speaker."
        ),
    ] = None
    evidence: Annotated[
        str | None,
        Verbatim(),
        Field(description="The part of the article that attributes it, copied to the letter."),
    ] = None
