"""The commands that have a group of their own: gold, the journal and the baseline."""

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
    Seed,
    Split,
)

__all__ = ["baseline_app", "gold_app", "journal_app"]

gold_app = typer.Typer(help="Gold: the claims that a person labelled.", no_args_is_help=True)
journal_app = typer.Typer(help="The journal: every reply, kept.", no_args_is_help=True)
baseline_app = typer.Typer(help="The baseline: where things stood.", no_args_is_help=True)


@gold_app.command("check")
def gold_check(
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Check every gold file against its article; exit code 1 if anything is wrong."""
    from harness.cli.gold import check  # noqa: PLC0415

    flags = {"articles": articles, "gold": gold, "schema": schema}
    raise typer.Exit(check(config, flags, as_json=as_json))


@gold_app.command("agree")
def gold_agree(
    other: Annotated[Path, typer.Argument(help="The gold files of another labeller.")],
    gold: GoldFolder = None,
    articles: Articles = None,
    schema: SchemaPath = None,
    seed: Seed = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Score one labeller against another: what a model can be measured by."""
    from harness.cli.agree import agree  # noqa: PLC0415

    flags = {"articles": articles, "gold": gold, "schema": schema}
    raise typer.Exit(agree(other, config, flags, seed=seed, as_json=as_json))


@gold_app.command("schema")
def gold_schema(
    schema: SchemaPath = None,
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="It is JSON in any case.")] = True,
) -> None:
    """Print the JSON Schema of gold files, for editors to complete and check by."""
    from harness.cli.gold import print_schema  # noqa: PLC0415

    raise typer.Exit(print_schema(config, {"schema": schema}))


@journal_app.command("import")
def journal_import(
    replies: Annotated[
        list[Path], typer.Argument(help="Output of a batch: OpenAI's, vLLM's run-batch, ...")
    ],
    model: Models = None,
    prompt: Prompts = None,
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    results: Results = None,
    limit: Limit = None,
    split: Split = None,
    repeats: Annotated[
        int, typer.Option(min=1, metavar="K", help="As many as the input was written with.")
    ] = 1,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Let these replies replace those that are there.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Read replies into the journal that were got by a batch file. Asks nothing."""
    from harness.cli.journal import import_replies  # noqa: PLC0415
    from harness.cli.run_options import RunOptions  # noqa: PLC0415

    options = RunOptions(
        models=tuple(model or ()),
        prompts=tuple(prompt or ()),
        limit=limit,
        split=split,
        repeats=repeats,
        fresh=fresh,
        as_json=as_json,
    )
    flags = {"articles": articles, "gold": gold, "schema": schema, "results": results}
    raise typer.Exit(import_replies(replies, options, config, flags))


@journal_app.command("tidy")
def journal_tidy(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL|FILE]...", help="Which of it; by default all."),
    ] = None,
    results: Results = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Sort the replies, one line a request, so that they can be committed. Asks nothing."""
    from harness.cli.tidy import tidy_journal  # noqa: PLC0415

    raise typer.Exit(tidy_journal(files or (), config, {"results": results}, as_json=as_json))


@baseline_app.command("save")
def baseline_save(
    run: Annotated[
        str | None,
        typer.Argument(help="A run (id, path or 'latest'); by default what is recorded."),
    ] = None,
    model: Models = None,
    prompt: Prompts = None,
    repeats: Annotated[
        int, typer.Option(min=1, metavar="K", help="As many as were asked for.")
    ] = 1,
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    results: Results = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Keep how things stand as the baseline that checks compare with. Asks nothing."""
    from harness.cli.baseline import save_baseline  # noqa: PLC0415

    flags = {"articles": articles, "gold": gold, "schema": schema, "results": results}
    raise typer.Exit(
        save_baseline(
            run,
            config,
            flags,
            models=tuple(model or ()),
            prompts=tuple(prompt or ()),
            repeats=repeats,
            as_json=as_json,
        )
    )


@baseline_app.command("show")
def baseline_show(results: Results = None, config: Config = None, as_json: Json = False) -> None:
    """Show the baseline."""
    from harness.cli.baseline import show_baseline  # noqa: PLC0415

    raise typer.Exit(show_baseline(config, {"results": results}, as_json=as_json))
