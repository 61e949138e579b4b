"""What a run is about: its options, its models and its articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.corpus import file_stem
from harness.errors import CorpusError, GoldError
from harness.providers import Provider
from harness.records import Article, Gold
from harness.running import Retry
from harness.workspace import Workspace, look_up_models, open_models

__all__ = ["RunOptions", "choose_articles", "open_providers"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says of a run."""

    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    limit: int | None = None
    split: str | None = None
    repeats: int = 1
    concurrency: int | None = None
    seed: int = 0
    fresh: bool = False
    update: bool = False
    retry: Retry = "retryable"
    max_cost: float | None = None
    grace_s: float = 30.0
    log_file: Path | None = None
    batch: bool = False
    batch_file: Path | None = None
    dry_run: bool = False
    yes: bool = False
    quiet: bool = False
    as_json: bool = False


def open_providers(
    workspace: Workspace, options: RunOptions, *, offline: bool
) -> tuple[list[Provider], list[str]]:
    """The models of the run, and a sentence for each that is left out."""
    if offline:
        providers, left_out = look_up_models(workspace, options.models)
        return providers, [f"left out: {why}" for why in left_out.values()]
    return open_models(
        workspace,
        options.models,
        options.concurrency,
        dry_run=options.dry_run or options.batch_file is not None,
    )


def choose_articles(
    articles: list[Article], gold: Mapping[str, Gold], workspace: Workspace, options: RunOptions
) -> list[Article]:
    """The articles of the run. Those without gold are left out by the plan, and counted there."""
    chosen = [each for each in articles if options.split in (None, each.split)]
    if not chosen:
        splits = ", ".join(sorted({repr(each.split) for each in articles}))
        raise CorpusError(
            f"{workspace.settings.articles}: no article is in split {options.split!r}; "
            f"there are {splits}"
        )
    labelled = [each for each in chosen if each.id in gold]
    if not labelled:
        raise GoldError(
            f"{workspace.settings.gold}: none of the {len(chosen)} articles is labelled; "
            f"write e.g. {workspace.settings.gold / (file_stem(chosen[0].id) + '.json')}"
        )
    return chosen if options.limit is None else labelled[: options.limit]
