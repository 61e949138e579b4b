"""``harness run --offline``: what is recorded, what is missing, and the command that asks it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.output import notice
from harness.errors import ConfigurationError
from harness.records import Cell
from harness.running import Plan
from harness.settings import Settings

if TYPE_CHECKING:
    from harness.cli.run_options import RunOptions

__all__ = ["MissingReplies", "is_offline", "missing_replies", "say_missing", "update_command"]

_FIRST_ARTICLES = 3


@dataclass(frozen=True, slots=True)
class MissingReplies:
    """The requests of a cell that no reply is recorded to.

    Parameters
    ----------
    articles
        The articles that they are about, in the order of the run.
    """

    cell: Cell
    prompt_version: str
    n_requests: int
    n_missing: int
    n_in_batches: int
    articles: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "model": self.cell.model,
            "prompt": self.cell.prompt,
            "prompt_version": self.prompt_version,
            "requests": self.n_requests,
            "missing": self.n_missing,
            "in_batches": self.n_in_batches,
            "articles": list(self.articles),
        }


def is_offline(settings: Settings, options: RunOptions) -> bool:
    """Whether nothing may be asked, by a flag, the environment or the settings.

    Raises
    ------
    ConfigurationError
        If something is to be asked nevertheless.
    """
    if not settings.offline or options.update:
        return False
    asking = {
        "--fresh": options.fresh,
        "--batch": options.batch,
        "--retry-failed": options.retry == "all",
    }
    for flag, is_said in asking.items():
        if is_said:
            raise ConfigurationError(
                f"{flag} asks models, and 'offline' is set (HARNESS_OFFLINE or the settings file): "
                "leave it out, or say --no-offline"
            )
    return True


def missing_replies(plan: Plan) -> list[MissingReplies]:
    """The cells of a plan in which something is not answered."""
    missing = []
    for cell, requests in plan.cells.items():
        unanswered = [each for each in requests if each.kept is None]
        if unanswered:
            missing.append(
                MissingReplies(
                    cell,
                    unanswered[0].unit.prompt_version,
                    len(requests),
                    len(unanswered),
                    sum(bool(each.in_batch) for each in unanswered),
                    tuple(dict.fromkeys(each.unit.article_id for each in unanswered)),
                )
            )
    return missing


def say_missing(missing: Sequence[MissingReplies], command: str) -> None:
    """Tell a person what is missing, and how it is asked."""
    if not missing:
        return
    n_missing = sum(each.n_missing for each in missing)
    notice(f"offline: {n_missing} requests have no reply, and nothing was asked:")
    for each in missing:
        articles = ", ".join(each.articles[:_FIRST_ARTICLES])
        n_more = len(each.articles) - _FIRST_ARTICLES
        more = f" and {n_more} more" if n_more > 0 else ""
        in_batches = f", {each.n_in_batches} of them in open batches" if each.n_in_batches else ""
        notice(
            f"  {each.cell.model}, {each.cell.prompt}@{each.prompt_version}: {each.n_missing} of "
            f"{each.n_requests}{in_batches} (articles {articles}{more})"
        )
    notice(f"This asks them: {command}")


def update_command(options: RunOptions, config: Path | None, flags: Mapping[str, Any]) -> str:
    """The command that asks what is missing of the same run."""
    said: list[tuple[str, object]] = [
        *(("-m", model) for model in options.models),
        *(("-p", prompt) for prompt in options.prompts),
        *((f"--{name}", flags.get(name)) for name in ("articles", "gold", "schema", "results")),
        ("--limit", options.limit),
        ("--split", options.split),
        ("--repeats", options.repeats if options.repeats > 1 else None),
        ("--config", config),
    ]
    words = [word for name, value in said if value is not None for word in (name, str(value))]
    return shlex.join(["harness", "run", "--update", *words])
