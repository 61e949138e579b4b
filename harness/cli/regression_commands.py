"""The commands that hold prompts to their baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import (
    Articles,
    Config,
    GoldFolder,
    Json,
    Limit,
    Models,
    Prompts,
    Results,
    SchemaPath,
)

__all__ = ["check", "watch"]


def check(
    run: Annotated[
        str | None,
        typer.Argument(help="A run (id, path or 'latest'); by default what is recorded."),
    ] = None,
    model: Models = None,
    prompt: Prompts = None,
    repeats: Annotated[
        int, typer.Option(min=1, metavar="K", help="As many as were asked for.")
    ] = 1,
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="text, md, junit, github or json.")
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.")
    ] = None,
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    results: Results = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Check recorded replies against gates and baseline; exit code 1 if any fails."""
    from harness.cli.check import CheckOptions, check_cells  # noqa: PLC0415

    options = CheckOptions(
        run=run,
        models=tuple(model or ()),
        prompts=tuple(prompt or ()),
        repeats=repeats,
        form="json" if as_json else form,
        output=output,
    )
    flags = {"articles": articles, "gold": gold, "schema": schema, "results": results}
    raise typer.Exit(check_cells(options, config, flags))


def watch(
    model: Models = None,
    prompt: Prompts = None,
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    results: Results = None,
    limit: Limit = None,
    concurrency: Annotated[
        int | None,
        typer.Option("-j", "--concurrency", min=1, metavar="N", help="Requests in flight."),
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, metavar="USD", help="Stop before this is passed.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("-y", "--yes", help="Do not ask whether the cost is all right.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Evaluate a prompt again whenever it is saved, on the articles of split dev."""
    from harness.cli.run_options import RunOptions  # noqa: PLC0415
    from harness.cli.watch import watch  # noqa: PLC0415

    options = RunOptions(
        models=tuple(model or ()),
        prompts=tuple(prompt or ()),
        limit=limit,
        concurrency=concurrency,
        max_cost=max_cost,
        yes=yes,
        as_json=as_json,
    )
    flags = {"articles": articles, "gold": gold, "schema": schema, "results": results}
    raise typer.Exit(watch(options, config, flags))
