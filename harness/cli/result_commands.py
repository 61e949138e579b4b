"""The commands that look at results that are there: nothing is asked and nothing scored anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.cli.options import (
    Articles,
    Bom,
    Config,
    Force,
    GoldFolder,
    Json,
    Run,
    SchemaPath,
    Seed,
)

__all__ = ["compare", "explain", "report"]

Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Where to; its ending says the format."),
]


def compare(
    left: Run,
    right: Annotated[
        str | None, typer.Argument(help="What it is compared with; without it, its own cells.")
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="MODEL:PROMPT", help="Compare all with this cell of the first."),
    ] = None,
    force: Force = False,
    output_format: Annotated[
        Literal["csv", "md", "json"] | None,
        typer.Option("--format", help="By default a table for a terminal."),
    ] = None,
    output: Output = None,
    bom: Bom = False,
    seed: Seed = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Compare the cells of a run with each other, or two runs over what both have."""
    from harness.cli.compare import CompareOptions, compare_results  # noqa: PLC0415

    options = CompareOptions(
        baseline=baseline,
        force=force,
        format="json" if as_json else output_format,
        output=output,
        bom=bom,
        seed=seed,
    )
    raise typer.Exit(compare_results(left, right, config, options))


def report(
    run: Run = "latest",
    output_format: Annotated[
        Literal["csv", "md", "html", "junit", "json"] | None,
        typer.Option("--format", help="By default what 'run' and 'score' show."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to; its ending says the format. A folder: all tables, as CSV.",
        ),
    ] = None,
    table: Annotated[
        Literal["leaderboard", "scores", "comparisons", "articles", "fields", "grounding", "claims"]
        | None,
        typer.Option(help="Which table, as CSV; by default the leaderboard."),
    ] = None,
    bom: Bom = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show a result again, or give it another form. Needs its folder alone."""
    from harness.cli.report import ReportOptions, report_result  # noqa: PLC0415

    options = ReportOptions(
        format="json" if as_json else output_format, output=output, table=table, bom=bom
    )
    raise typer.Exit(report_result(run, config, options))


def explain(
    run: Run,
    article: Annotated[str, typer.Argument(help="The id of an article.")],
    claim_type: Annotated[str, typer.Argument(help="A claim type, e.g. quotes.")],
    model: Annotated[
        str | None, typer.Option("-m", "--model", help="Which model, where there are several.")
    ] = None,
    prompt: Annotated[
        str | None, typer.Option("-p", "--prompt", help="Which prompt, where there are several.")
    ] = None,
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show gold and predictions of an article side by side, and why each is paired or not."""
    from harness.cli.explain import explain_article  # noqa: PLC0415

    flags = {"articles": articles, "gold": gold, "schema": schema}
    raise typer.Exit(
        explain_article(
            run, article, claim_type, config, flags, model=model, prompt=prompt, as_json=as_json
        )
    )
