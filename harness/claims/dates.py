"""Dates: the calendar dates and clock times that an article states."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from harness.claims.fields import Compare, Verbatim

__all__ = ["Date"]


class Date(BaseModel):
    """A calendar date or clock time that the article states."""

    guidance: ClassVar[str] = """\
List every calendar date and clock time that the story states, each point in time once.
- Resolve weekdays, "this summer" and days without a year against the date of publication: with
  a past verb the latest such day not after it, for a plan the next one.
- One moment given in two time zones is one date.
- "After 14 June" and "from 14 June" have the value of 14 June.
- Leave out durations, ages, frequencies, and words such as "now", "recently" or "earlier"."""

    text: Annotated[
        str,
        Compare("text"),
        Verbatim(),
        Field(
            description="The first bare expression of it in the article, copied to the letter, "
            'without a preposition ("Thursday", not "on Thursday").'
        ),
    ]
    value: Annotated[
        str,
        Compare("edtf", key=True, anchor=True),
        Field(
            description="EDTF (ISO 8601-2): a day 2031-04-15, a month 2031-01, a year 2030, a "
            "season 2031-22 (21 spring, 22 summer, 23 autumn, 24 winter), an instant "
            "2031-12-30T16:25:00-05:00, an interval 2031-04-12/2031-04-18."
        ),
    ]
    event: Annotated[
        str | None,
        Field(description="What the article says happens then, in at most twelve words."),
    ] = None
    evidence: Annotated[
        str | None,
        Verbatim(),
        Field(description="The sentence of the article that states it, copied to the letter."),
    ] = None
