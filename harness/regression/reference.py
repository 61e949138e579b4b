"""What each cell is compared with: the baseline, or what its replies come to by today's gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import HarnessError
from harness.prompts import Prompt, parse_prompt
from harness.providers import Provider
from harness.records import Cell
from harness.regression.baseline import Baseline
from harness.regression.beside_baseline import Reference
from harness.regression.recorded import Material, cells_by_recordings
from harness.regression.standing import CellStanding, PromptSource, Standing
from harness.regression.verdict import plural

__all__ = ["NO_BASELINE", "GoldChange", "References", "gold_change", "references"]

NO_BASELINE = "there is no baseline to compare with: `harness baseline save` makes one"


@dataclass(frozen=True, slots=True)
class GoldChange:
    """How gold and scorer differ from those of the baseline.

    Parameters
    ----------
    changed, added, removed
        Ids of articles.
    scorer
        The baseline's and today's, where they differ.
    """

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    scorer: tuple[str, str] | None = None

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.removed or self.scorer)


@dataclass(frozen=True, eq=False)
class References:
    """What cells are compared with.

    Parameters
    ----------
    of
        By cell. One that is not there cannot be compared; `why_not` says why.
    rescored
        The baseline's own replies scored against today's gold, where gold or scorer have changed
        and that is known.
    unknown
        Why it is not known of the others.
    """

    change: GoldChange
    of: Mapping[Cell, Reference]
    why_not: Mapping[Cell, str]
    rescored: Mapping[Cell, CellStanding]
    unknown: Mapping[Cell, str]


def gold_change(baseline: Baseline, standing: Standing) -> GoldChange:
    """How gold and scorer differ."""
    then, now = baseline.gold, standing.gold
    is_all = not standing.is_part
    return GoldChange(
        tuple(sorted(each for each in then.keys() & now.keys() if then[each] != now[each])),
        tuple(sorted(now.keys() - then.keys())) if is_all else (),
        tuple(sorted(then.keys() - now.keys())) if is_all else (),
        None if baseline.scorer == standing.scorer else (baseline.scorer, standing.scorer),
    )


def references(
    baseline: Baseline | None,
    standing: Standing,
    material: Material | None,
    providers: Sequence[Provider],
) -> References:
    """Find what each cell is compared with.

    Parameters
    ----------
    material
        What replies are scored from; None for a result folder, where nothing is scored again.
    """
    if baseline is None:
        return References(GoldChange(), {}, dict.fromkeys(standing.cells, NO_BASELINE), {}, {})
    change = gold_change(baseline, standing)
    rescored: dict[Cell, CellStanding] = {}
    unknown: dict[Cell, str] = {}
    if change:
        for cell in standing.cells.keys() & baseline.cells.keys():
            found = _rescored(baseline.cells[cell], standing, material, providers)
            if isinstance(found, str):
                unknown[cell] = found
            else:
                rescored[cell] = found
    of, why_not = {}, {}
    for cell in standing.cells:
        found_reference = _reference(cell, baseline, standing, change, rescored.get(cell))
        if isinstance(found_reference, str):
            why_not[cell] = found_reference
        else:
            of[cell] = found_reference
    return References(change, of, why_not, rescored, unknown)


def _reference(
    cell: Cell,
    baseline: Baseline,
    standing: Standing,
    change: GoldChange,
    rescored: CellStanding | None,
) -> Reference | str:
    then = baseline.cells.get(cell)
    if then is None:
        return "the baseline has no such cell; `harness baseline save` takes it in"
    common = frozenset(baseline.gold.keys() & standing.gold.keys())
    if not change:
        return Reference(then, common)
    if rescored is not None:
        return Reference(
            rescored, frozenset(standing.gold), "the baseline's replies, scored by today's gold"
        )
    same = common - set(change.changed)
    if change.scorer:
        return "the baseline was scored in another way; `harness baseline save` makes it anew"
    if not same:
        return "no article has the gold that the baseline had; `harness baseline save` anew"
    return Reference(
        then, frozenset(same), f"the baseline on the {plural(len(same), 'article')} of same gold"
    )


def _rescored(
    then: CellStanding,
    standing: Standing,
    material: Material | None,
    providers: Sequence[Provider],
) -> CellStanding | str:
    """The replies of the baseline scored against today's gold, or why that cannot be known."""
    if material is None:
        return "a result folder is not scored again"
    if then.prompt is None or then.prompt.source is None:
        return "the baseline does not have the prompt's text"
    assert then.counts is not None
    n_repeats = max(1, int(then.counts.n_repeats.max(initial=1)))
    now = standing.cells[then.cell]
    assert now.prompt is not None
    if now.prompt.version == then.prompt.version and n_repeats == material.repeats:
        found = now
    else:
        loaded = _asked_then(then.prompt, material)
        if isinstance(loaded, str):
            return loaded
        provider = next(each for each in providers if each.model.id == then.cell.model)
        (found,) = cells_by_recordings(
            replace(material, repeats=n_repeats, has_digests=True),
            [provider],
            [loaded],
            {loaded.name: then.prompt},
        ).values()
    if found.counts is None:
        return (
            f"of the baseline's prompt {found.n_missing:,} of {found.n_requests:,} requests have "
            "no recorded reply"
        )
    common = set(then.counts.article_ids) & set(found.counts.article_ids)
    if any(then.replies.get(each) != found.replies.get(each) for each in common):
        return "the replies that the baseline was made of are recorded no more"
    return found


def _asked_then(prompt: PromptSource, material: Material) -> Prompt | str:
    """The prompt as the baseline has it, or why it does not ask the same any more."""
    assert prompt.source is not None
    try:
        loaded = parse_prompt(prompt.source, Path(prompt.file), material.schema)
        version = loaded.version
    except HarnessError:
        return "the baseline's prompt cannot be read any more"
    if version != prompt.version:
        return "what the baseline's prompt asks has changed with the claim types"
    return loaded
