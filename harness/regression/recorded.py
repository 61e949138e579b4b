"""Where cells stand by their recorded replies: nothing is asked, and no key is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from harness.claims import ClaimSchema
from harness.errors import GoldError
from harness.evaluate import evaluate, gold_hash, scorer_of
from harness.journal import Journal
from harness.prompts import Prompt, read_source
from harness.providers import Provider
from harness.records import Article, Cell, Gold
from harness.regression.claim_ids import KnownClaim, known_claims
from harness.regression.standing import (
    CellStanding,
    FoundClaims,
    Place,
    PromptSource,
    RepliesDigest,
    Standing,
    summed_groundings,
)
from harness.running import make_plan
from harness.running.answers import RunPredictions
from harness.scoring import TypeResult
from harness.workspace import Workspace, collect, look_up_models

__all__ = [
    "ChooseArticles",
    "Material",
    "Recorded",
    "cells_by_recordings",
    "open_recorded",
    "prompt_source",
    "shown_path",
    "standing_by_recordings",
]

ChooseArticles: TypeAlias = Callable[[Sequence[Article]], Sequence[Article]]
"""Takes some of the labelled articles."""


@dataclass(frozen=True, eq=False)
class Material:
    """What cells are scored from.

    Parameters
    ----------
    articles
        Those that are labelled.
    known
        By article id the claims of its gold, as `known_claims` has them.
    gold_hashes
        By article id the hash of its gold.
    repeats
        How often each request was asked.
    is_grounded
        Whether to look also whether verbatim values stand in their articles.
    has_digests
        Whether to keep also the digests of replies.
    is_part
        Whether the articles are some of the labelled ones.
    """

    schema: ClaimSchema
    articles: Sequence[Article]
    gold: Mapping[str, Gold]
    journal: Journal
    known: Mapping[str, Mapping[str, tuple[KnownClaim | None, ...]]]
    gold_hashes: Mapping[str, str]
    repeats: int = 1
    is_grounded: bool = False
    has_digests: bool = False
    is_part: bool = False

    @classmethod
    def of(
        cls,
        schema: ClaimSchema,
        articles: Sequence[Article],
        gold: Mapping[str, Gold],
        journal: Journal,
    ) -> Material:
        """The labelled ones of these articles, with the claims of their gold."""
        labelled = [article for article in articles if article.id in gold]
        known = {article.id: known_claims(gold[article.id], schema) for article in labelled}
        hashes = {article.id: gold_hash(gold[article.id], schema) for article in labelled}
        return cls(schema, labelled, gold, journal, known, hashes)

    def part(self, articles: Sequence[Article]) -> Material:
        """The same of some of its articles."""
        hashes = {article.id: self.gold_hashes[article.id] for article in articles}
        return replace(self, articles=articles, gold_hashes=hashes, is_part=True)


@dataclass(frozen=True, eq=False)
class Recorded:
    """Cells and what they are scored from.

    Parameters
    ----------
    left_out
        Default models that could not be opened, and why.
    """

    material: Material
    providers: Sequence[Provider]
    prompts: Sequence[Prompt]
    left_out: Mapping[str, str]


def open_recorded(
    workspace: Workspace,
    models: Sequence[str],
    load_prompts: Callable[[], Sequence[Prompt]],
    choose: ChooseArticles | None = None,
) -> Recorded:
    """Load models, prompts, articles and gold; nothing is scored.

    Parameters
    ----------
    choose
        Takes some of the labelled articles; by default all are looked at.

    Raises
    ------
    InputError
        With every problem of all of them.
    """
    (providers, left_out), prompts, articles, gold = collect(
        lambda: look_up_models(workspace, models), load_prompts, workspace.articles, workspace.gold
    )
    settings = workspace.settings
    material = Material.of(workspace.schema, articles, gold, Journal(settings.results))
    if not material.articles:
        raise GoldError(f"{settings.gold}: none of the {len(articles)} articles is labelled")
    if choose is not None:
        material = material.part(choose(material.articles))
    return Recorded(material, providers, prompts, left_out)


def standing_by_recordings(recorded: Recorded) -> Standing:
    """Score what is recorded of every model and prompt."""
    material = recorded.material
    sources = {prompt.name: prompt_source(prompt) for prompt in recorded.prompts}
    return Standing(
        scorer_of(material.schema),
        material.gold_hashes,
        cells_by_recordings(material, recorded.providers, recorded.prompts, sources),
        {article.id: article for article in material.articles},
        {
            claim.id: claim
            for of_article in material.known.values()
            for of_type in of_article.values()
            for claim in of_type
            if claim is not None
        },
        recorded.left_out,
        material.is_part,
    )


def cells_by_recordings(
    material: Material,
    providers: Sequence[Provider],
    prompts: Sequence[Prompt],
    sources: Mapping[str, PromptSource],
) -> dict[Cell, CellStanding]:
    """Where each cell stands; one that has not all of its replies is counted and not scored.

    Parameters
    ----------
    sources
        By the name of a prompt, what it was asked with.
    """
    plan = make_plan(
        providers,
        prompts,
        material.articles,
        material.gold,
        material.schema,
        material.journal,
        repeats=material.repeats,
        retry="none",
    )
    planned = plan.cells
    missing = {cell: sum(each.kept is None for each in own) for cell, own in planned.items()}
    whole = [each for each in plan.predictions() if not missing[each.cell]]
    scored = _score(material, whole, prompts, sources)
    return {
        cell: scored.get(cell)
        or CellStanding(cell, sources[cell.prompt], None, {}, len(own), missing[cell])
        for cell, own in planned.items()
    }


def prompt_source(prompt: Prompt) -> PromptSource:
    """A prompt and the text of its file."""
    return PromptSource(
        prompt.name, shown_path(prompt.path), prompt.version, read_source(prompt.path)
    )


def shown_path(path: Path) -> str:
    """A path as it is written in a baseline: relative where it is in the working folder."""
    absolute, here = path.resolve(), Path.cwd()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def _score(
    material: Material,
    predictions: Sequence[RunPredictions],
    prompts: Sequence[Prompt],
    sources: Mapping[str, PromptSource],
) -> dict[Cell, CellStanding]:
    watched = {each.cell: _Watched(material) for each in predictions}
    evaluation = evaluate(
        predictions,
        material.gold,
        material.schema,
        {article.id: article for article in material.articles} if material.is_grounded else {},
        {prompt.name: "\n\n".join(prompt.own_texts) for prompt in prompts},
        each=lambda cell, result: watched[cell].add(result),
    )
    usage = {each.cell: each.usage for each in predictions}
    return {
        each.cell: CellStanding(
            each.cell,
            sources[each.cell.prompt],
            each.vectors,
            watched[each.cell].found(),
            usage[each.cell].n_requests,
            n_failed=usage[each.cell].n_failed,
            cost_usd=usage[each.cell].cost_usd,
            groundings=summed_groundings(each.groundings) if material.is_grounded else None,
            replies=watched[each.cell].replies(),
        )
        for each in evaluation.cells
    }


class _Watched:
    """What is kept of the results of a cell."""

    def __init__(self, material: Material) -> None:
        self._known = material.known
        self._times: dict[Place, tuple[list[int], list[int]]] = {}
        self._digest = RepliesDigest() if material.has_digests else None

    def add(self, result: TypeResult) -> None:
        """Take in what became of the claims of a place in one repeat."""
        place = (result.article_id, result.claim_type)
        n_claims = len(result.aligned.gold)
        times = self._times.setdefault(place, ([0] * n_claims, [0] * n_claims))
        pairs = (result.aligned.pairs["lenient"], result.aligned.pairs["strict"])
        for each, of_level in zip(times, pairs, strict=True):
            for pair in of_level:
                each[pair[0]] += 1
        if self._digest is not None:
            self._digest.add_result(result)

    def found(self) -> dict[Place, FoundClaims]:
        """How often each required gold claim was found."""
        found = {}
        for place, both in self._times.items():
            article_id, claim_type = place
            known = self._known[article_id][claim_type]
            rows = [row for row, claim in enumerate(known) if claim is not None]
            claims = [claim for claim in known if claim is not None]
            found[place] = FoundClaims.of(claims, *([times[row] for row in rows] for times in both))
        return found

    def replies(self) -> dict[str, str]:
        """By article id."""
        return {} if self._digest is None else self._digest.digests()
