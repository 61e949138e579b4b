"""What a reply may have been copied from, and where in it each verbatim field stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.claims import ClaimType
from harness.records import Claim

if TYPE_CHECKING:
    from harness.scoring.ground import ArticleText, Grounding, PromptText

__all__ = ["Source", "ground_claims"]


@dataclass(frozen=True, slots=True)
class Source:
    """The article that a model was asked about, and the prompt's own text."""

    article: ArticleText
    prompt: PromptText | None = None


def ground_claims(
    claim_type: ClaimType, predicted: Sequence[Claim], source: Source
) -> tuple[Mapping[str, Grounding], ...]:
    """Locate every verbatim field of every prediction.

    Returns
    -------
    tuple of dict
        For each prediction, by field; a field that is null is left out.
    """
    columns = [
        (field.name, field.column(predicted)) for field in claim_type.fields if field.verbatim
    ]
    locate, prompt = source.article.locate, source.prompt
    found: tuple[dict[str, Grounding], ...] = tuple([{} for _ in predicted])
    for name, texts in columns:
        for place, text in zip(found, texts, strict=True):
            if text is not None:
                place[name] = locate(text, prompt)
    return found
