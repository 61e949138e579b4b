"""Actors: who acts, speaks or is acted upon."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from harness.claims.fields import Compare, Verbatim

__all__ = ["Actor"]


class Actor(BaseModel):
    """A named person, organisation or state that acts, speaks or is acted upon in the story."""

    guidance: ClassVar[str] = """\
List every named person, organisation and state that acts, speaks or is acted upon in the story,
each once, however often and under however many names it appears.
- A capital, a government or an administration that stands for its state is that state, not a
  second actor. The same holds for a person who is named by surname or by office further on.
- Leave out groups without a proper name ("12 lawmakers", "officials"), cities and regions as
  places, the news outlet that publishes the article, its reporters, and everything that is no
  part of the story (related headlines, share buttons, comment forms)."""

    name: Annotated[
        str,
        Compare("name", key=True, anchor=True, titles_in="role"),
        Verbatim(),
        Field(
            description="The fullest name that the article uses, copied from it, without a title "
            "and without a leading article."
        ),
    ]
    kind: Annotated[
        Literal["person", "organization", "state"],
        Compare("category", key=True),
        Field(
            description="person; organization (agency, ministry, company, party, international "
            "body, and a presidency or seat of government where it speaks or acts); state "
            "(country or bloc of countries)."
        ),
    ]
    role: Annotated[
        str | None,
        Compare("text"),
        Field(
            description="The office or relation of a person or body as the article gives it; "
            "null where it gives none, and for states."
        ),
    ] = None
    evidence: Annotated[
        str | None,
        Verbatim(),
        Field(description="The sentence of the article that shows it, copied to the letter."),
    ] = None
