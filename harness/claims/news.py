"""The claim types that ship, as one schema. A schema of your own is built in the same way."""

from __future__ import annotations

from pydantic import BaseModel, Field

from harness.claims.actors import Actor
from harness.claims.dates import Date
from harness.claims.quotes import Quote
from harness.claims.sanctions import Sanction

__all__ = ["NewsClaims"]


class NewsClaims(BaseModel):
    """The claims of a news article."""

    actors: list[Actor] = Field(default_factory=list)
    quotes: list[Quote] = Field(default_factory=list)
    dates: list[Date] = Field(default_factory=list)
    sanctions: list[Sanction] = Field(default_factory=list)
