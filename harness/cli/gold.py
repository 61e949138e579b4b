"""``harness gold``: check what labellers wrote."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.cli.output import notice, print_json, print_lines
from harness.cli.splits import warn_of_divided_stories
from harness.corpus import file_stem
from harness.errors import GoldError, Problem
from harness.gold import gold_json_schema, load_gold
from harness.gold_check import check_gold
from harness.records import Gold
from harness.workspace import Workspace, collect, open_workspace

__all__ = ["check", "print_schema"]


def check(config: Path | None, flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Check every gold file against its article; exit code 1 if anything is wrong."""
    workspace = open_workspace(config, flags)
    folder = workspace.settings.gold
    if not folder.exists():
        raise GoldError([Problem(str(folder), "is not there: give a folder of gold files")])
    (articles,) = collect(workspace.articles)
    warn_of_divided_stories(articles)
    gold, problems = _load_what_loads(workspace)
    n_files = len(gold)
    problems += check_gold(
        gold,
        {article.id: article for article in articles},
        workspace.schema,
        where=lambda article_id: str(folder / f"{file_stem(article_id)}.json"),
    )
    if as_json:
        print_json([{"where": each.where, "what": each.what} for each in problems])
    else:
        for problem in problems:
            print_lines(str(problem))
    if problems:
        notice("1 problem." if len(problems) == 1 else f"{len(problems)} problems.")
        return 1
    notice("1 gold file is fine." if n_files == 1 else f"{n_files} gold files are fine.")
    return 0


def _load_what_loads(workspace: Workspace) -> tuple[dict[str, Gold], list[Problem]]:
    """The gold files that can be read, and what is wrong with the others."""
    try:
        return workspace.gold(), []
    except GoldError as error:
        problems = list(error.problems)
    gold: dict[str, Gold] = {}
    for file in sorted(workspace.settings.gold.glob("*.json")):
        with suppress(GoldError):
            gold |= load_gold(file, workspace.schema)
    return gold, problems


def print_schema(config: Path | None, flags: Mapping[str, Any]) -> int:
    """Print the JSON Schema of gold files; the exit code."""
    print_json(gold_json_schema(open_workspace(config, flags).schema))
    return 0
