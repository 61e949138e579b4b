"""Sanctions: punitive measures of one side against another."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from harness.claims.fields import Compare, Verbatim

__all__ = ["Sanction"]


class Sanction(BaseModel):
    """A punitive measure of one side against another, in force, threatened, ended or rejected."""

    guidance: ClassVar[str] = """\
List every punitive measure of one side against another: economic and financial sanctions,
designations, asset freezes, trade, arms and travel bans, the expulsion of diplomats.
- One sanction for each distinct measure, at the most specific level that the article gives; a
  summary ("sweeping sanctions") only where the article itemises none of it.
- A threat counts where it is clear who threatens whom with what. The same threat in other words
  is the same sanction.
- Leave out measures whose author is not stated, and parts of a measure that is listed whole."""

    imposer: Annotated[
        str | None,
        Compare("name", key=True, through="actors"),
        Field(
            description="The state or international body that imposes it or would carry it out; "
            "an organ of a state stands for the state."
        ),
    ] = None
    target: Annotated[
        str | None,
        Compare("text", key=True, anchor=True, through="actors"),
        Field(
            description="Against whom or what: a state by its name, else the article's words with "
            "the number and what tells it apart, without a leading article; null where the "
            "article leaves it open."
        ),
    ] = None
    measure: Annotated[
        Literal[
            "financial_restriction",
            "asset_freeze",
            "designation",
            "trade_restriction",
            "travel_ban",
            "expulsion",
            "unspecified",
        ],
        Compare("category", key=True),
        Field(
            description="financial_restriction (debt, banking, capital markets), asset_freeze, "
            "designation (persons or bodies listed or sanctioned, with no closer word), "
            "trade_restriction (exports, imports, technology, arms), travel_ban, expulsion (of "
            "diplomats), unspecified (no closer word)."
        ),
    ]
    status: Annotated[
        Literal["imposed", "threatened", "lifted", "rejected"],
        Compare("category", key=True),
        Field(
            description="imposed (in force, signed or formally announced), threatened (held out, "
            "conditional, under preparation), lifted (ended or eased), rejected (considered and "
            "not taken)."
        ),
    ]
    effective: Annotated[
        str | None,
        Compare("edtf"),
        Field(
            description="The day on which it takes effect where stated, else the day on which it "
            "was imposed, as EDTF (2031-04-15); null where the article gives neither."
        ),
    ] = None
    evidence: Annotated[
        str | None,
        Verbatim(),
        Field(description="The sentence of the article that states it, copied to the letter."),
    ] = None
