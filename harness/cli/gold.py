"""``harness gold``: check what labellers wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.claims import load_schema
from harness.cli.output import notice, print_json, print_lines
from harness.cli.workspace import collect, open_workspace
from harness.corpus import file_stem
from harness.errors import GoldError, Problem
from harness.gold import gold_json_schema
from harness.gold_check import check_gold
from harness.settings import load_settings

__all__ = ["check", "print_schema"]


def check(config: Path | None, flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Check every gold file against its article; exit code 1 if anything is wrong."""
    workspace = open_workspace(config, flags)
    folder = workspace.settings.gold
    if not folder.exists():
        raise GoldError([Problem(str(folder), "is not there: give a folder of gold files")])
    problems: list[Problem]
    n_files = 0
    (articles,) = collect(workspace.articles)
    try:
        gold = workspace.gold()
    except GoldError as error:
        # A gold file that cannot even be read is what this command is there to find.
        problems = list(error.problems)
    else:
        n_files = len(gold)
        problems = check_gold(
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


def print_schema(config: Path | None, flags: Mapping[str, Any]) -> int:
    """Print the JSON Schema of gold files; the exit code."""
    settings = load_settings(config, **flags)
    print_json(gold_json_schema(load_schema(settings.claim_schema)))
    return 0
