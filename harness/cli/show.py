"""``harness models``, ``prompts``, ``articles``: what is there, and whether it is usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from harness.cli.output import console, notice, print_json
from harness.cli.splits import warn_of_divided_stories
from harness.contamination import shared_runs
from harness.errors import InputError
from harness.prompts import load_prompts
from harness.providers import open_provider
from harness.records import Gold
from harness.reports.plain import printable
from harness.settings import resolve_model
from harness.workspace import Workspace, collect, open_workspace

__all__ = ["show_articles", "show_models", "show_prompts"]

_LONGEST_WHOLE_NAME = 32


def show_models(config: Path | None, *, as_json: bool) -> int:
    """Show the models of the settings and the default ones; the exit code."""
    workspace = open_workspace(config, {})
    settings = workspace.settings
    rows = []
    for name in dict.fromkeys([*settings.default_models, *settings.models]):
        row: dict[str, Any] = {"model": name, "usable": True, "problem": "", "parameters": {}}
        try:
            provider = open_provider(resolve_model(name, settings))
            row["parameters"] = provider.parameters
            provider.check(workspace.schema)
        except InputError as error:
            row |= {"usable": False, "problem": str(error)}
        rows.append(row)
    if as_json:
        print_json(rows)
        return 0
    _table(
        ("model", "usable", "asked with"),
        [
            (
                row["model"],
                "yes" if row["usable"] else "no",
                row["problem"]
                or " ".join(f"{key}={value}" for key, value in row["parameters"].items())
                or "-",
            )
            for row in rows
        ],
    )
    notice("Any other: provider/name, e.g. openai/gpt-5-mini, ollama/llama3.2, anthropic/...")
    return 0


def show_prompts(
    wanted: Sequence[str], config: Path | None, flags: Mapping[str, Any], *, as_json: bool
) -> int:
    """Show the prompts, and warn where one gives an article away; the exit code."""
    workspace = open_workspace(config, flags)
    folder = workspace.settings.prompts
    prompts, articles = collect(
        lambda: load_prompts(folder, workspace.schema, wanted), workspace.articles
    )
    rows = [
        {
            "name": prompt.name,
            "version": prompt.version,
            "passes": prompt.front.passes,
            "requests_per_article": len(prompt.passes),
            "rough_tokens": prompt.n_tokens,
            "description": prompt.front.description,
            "shared_with_articles": [
                {"article_id": each.article_id, "n_words": each.n_words, "text": each.text}
                for each in shared_runs(prompt, articles)
            ],
        }
        for prompt in prompts
    ]
    if as_json:
        print_json(rows)
        return 0
    _table(
        ("name", "version", "passes", "~tokens", "description"),
        [
            (
                row["name"],
                row["version"],
                row["passes"],
                f"{row['rough_tokens']:,}",
                row["description"],
            )
            for row in rows
        ],
    )
    for row in rows:
        for shared in row["shared_with_articles"]:
            notice(
                f"warning: {row['name']} shares {shared['n_words']} words in a row with article "
                f"{shared['article_id']}: its figures there say little ({shared['text']!r})"
            )
    return 0


def show_articles(config: Path | None, flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Show the articles and how much gold each has; the exit code."""
    workspace = open_workspace(config, flags)
    articles, gold = collect(workspace.articles, lambda: _gold_so_far(workspace))
    rows = [
        {
            "id": article.id,
            "published": article.published.isoformat() if article.published else None,
            "source": article.source,
            "story": article.story,
            "split": article.split,
            "tags": list(article.tags),
            "characters": len(article.text),
            "gold": {name: len(claims) for name, claims in gold[article.id].claims.items()}
            if article.id in gold
            else None,
        }
        for article in articles
    ]
    if as_json:
        print_json(rows)
        return 0
    _table(
        ("id", "published", "source", "split", "characters", "gold claims"),
        [
            (
                row["id"],
                row["published"] or "-",
                row["source"] or "-",
                row["split"],
                f"{row['characters']:,}",
                "not labelled" if row["gold"] is None else str(sum(row["gold"].values())),
            )
            for row in rows
        ],
    )
    strays = sorted(set(gold) - {article.id for article in articles})
    if strays:
        notice(f"gold without an article: {', '.join(strays)}")
    warn_of_divided_stories(articles)
    return 0


def _gold_so_far(workspace: Workspace) -> dict[str, Gold]:
    """The gold files; none where nobody has begun to label."""
    folder = workspace.settings.gold
    if folder.is_file() or any(folder.glob("*.json")):
        return workspace.gold()
    notice(f"{folder}: there is no gold file yet")
    return {}


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for number, header in enumerate(headers):
        numeric = header.lstrip("~") in {"tokens", "characters", "gold claims"}
        # A name in two pieces cannot be copied.
        whole = number == 0 and all(len(row[0]) <= _LONGEST_WHOLE_NAME for row in rows)
        justify: Literal["right", "left"] = "right" if numeric else "left"
        table.add_column(header, justify=justify, overflow="fold", no_wrap=whole)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console().print(table)
