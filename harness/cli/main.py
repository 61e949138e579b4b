"""The commands and their options. What a command does is imported when it is called."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.groups import baseline_app, gold_app, journal_app
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
from harness.cli.regression_commands import check, watch
from harness.cli.result_commands import compare, explain, report
from harness.errors import HarnessError

__all__ = ["app", "main"]

# Sums of resampled counts are many small products of matrices, which threads only hold up, and
# much so on a busy machine. It has to be said before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_OBJECTS_BETWEEN_COLLECTIONS = 20_000
_INTERNAL_ERROR = 70
_INTERRUPTED = 130

app = typer.Typer(
    name="harness",
    help="Tells how well a language model under a given prompt extracts claims from news articles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(gold_app, name="gold")
app.add_typer(journal_app, name="journal")
app.add_typer(baseline_app, name="baseline")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - slow to import

        typer.echo(version("claim-harness"))
        raise typer.Exit


@app.callback()
def _harness(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    pass


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where; it may not hold such files yet.")],
    as_json: Json = False,
) -> None:
    """Make a folder to work in: settings, a prompt, an article, its gold."""
    from harness.cli.init import init_folder  # noqa: PLC0415

    raise typer.Exit(init_folder(folder, as_json=as_json))


@app.command()
def run(
    model: Models = None,
    prompt: Prompts = None,
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    results: Results = None,
    limit: Limit = None,
    split: Split = None,
    repeats: Annotated[int, typer.Option(min=1, metavar="K", help="Ask everything K times.")] = 1,
    concurrency: Annotated[
        int | None,
        typer.Option("-j", "--concurrency", min=1, metavar="N", help="Requests in flight."),
    ] = None,
    seed: Seed = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again what is answered.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask again whatever failed.")
    ] = False,
    offline: Annotated[
        bool | None,
        typer.Option("--offline/--no-offline", help="Ask nothing: score what is recorded."),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Ask only what is missing; beats HARNESS_OFFLINE.")
    ] = False,
    no_retry: Annotated[
        bool, typer.Option("--no-retry", help="Ask nothing again that failed.")
    ] = False,
    max_cost: Annotated[
        float | None, typer.Option(min=0, metavar="USD", help="Stop before this is passed.")
    ] = None,
    grace: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="For requests in flight after Ctrl-C."),
    ] = 30.0,
    log_file: Annotated[
        Path | None,
        typer.Option("--log-file", metavar="FILE", help="A JSON line for each attempt."),
    ] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask by OpenAI's Batch API: slower, at half the price.")
    ] = False,
    batch_file: Annotated[
        Path | None,
        typer.Option("--batch-file", metavar="FILE", help="Write a batch's input, ask nothing."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, ask nothing.")] = False,
    yes: Annotated[
        bool, typer.Option("-y", "--yes", help="Do not ask whether the cost is all right.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Show no progress.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Ask models for claims, score them against gold, write reports."""
    from harness.cli.run import run_batch  # noqa: PLC0415
    from harness.cli.run_options import RunOptions  # noqa: PLC0415

    asking = {"--fresh": fresh, "--batch": batch, "--retry-failed": retry_failed}
    _exclude("--offline asks nothing", offline, {"--update": update, **asking})
    _exclude("--update asks only what is missing", update, {**asking, "--batch": False})
    if retry_failed and no_retry:
        raise typer.BadParameter("--retry-failed and --no-retry exclude each other")
    if batch and batch_file:
        raise typer.BadParameter("--batch and --batch-file exclude each other")
    options = RunOptions(
        models=tuple(model or ()),
        prompts=tuple(prompt or ()),
        limit=limit,
        split=split,
        repeats=repeats,
        concurrency=concurrency,
        seed=seed,
        fresh=fresh,
        update=update,
        retry="all" if retry_failed else "none" if no_retry or update else "retryable",
        max_cost=max_cost,
        grace_s=grace,
        log_file=log_file,
        batch=batch,
        batch_file=batch_file,
        dry_run=dry_run,
        yes=yes,
        quiet=quiet,
        as_json=as_json,
    )
    flags = {"articles": articles, "gold": gold, "schema": schema, "results": results}
    raise typer.Exit(run_batch(options, config, {**flags, "offline": offline}))


def _exclude(why: str, is_said: bool | None, others: Mapping[str, bool]) -> None:
    """See that of options that contradict each other one is said."""
    for other, is_said_too in others.items():
        if is_said and is_said_too:
            raise typer.BadParameter(f"{why}, and {other} asks more: leave one of them out")


@app.command()
def score(
    predictions: Annotated[
        Path, typer.Argument(help="JSONL, one article a line, or a folder of gold files.")
    ],
    gold: GoldFolder = None,
    articles: Articles = None,
    schema: SchemaPath = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the reports call it.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where reports go.")
    ] = None,
    seed: Seed = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Score predictions made elsewhere. Asks no model and needs no article text."""
    from harness.cli.score import score_predictions  # noqa: PLC0415

    flags = {"gold": gold, "articles": articles, "schema": schema}
    raise typer.Exit(
        score_predictions(predictions, name, output, config, flags, seed=seed, as_json=as_json)
    )


app.command()(compare)
app.command()(report)
app.command()(explain)
app.command()(check)
app.command()(watch)


@app.command()
def models(config: Config = None, as_json: Json = False) -> None:
    """Show the models and whether each can be asked here."""
    from harness.cli.show import show_models  # noqa: PLC0415

    raise typer.Exit(show_models(config, as_json=as_json))


@app.command()
def prompts(
    prompt: Prompts = None,
    articles: Articles = None,
    schema: SchemaPath = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show the prompts, their versions, and what they give away of the articles."""
    from harness.cli.show import show_prompts  # noqa: PLC0415

    flags = {"articles": articles, "schema": schema}
    raise typer.Exit(show_prompts(tuple(prompt or ()), config, flags, as_json=as_json))


@app.command()
def articles(
    articles: Articles = None,
    gold: GoldFolder = None,
    schema: SchemaPath = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show the articles and whether each is labelled."""
    from harness.cli.show import show_articles  # noqa: PLC0415

    flags = {"articles": articles, "gold": gold, "schema": schema}
    raise typer.Exit(show_articles(config, flags, as_json=as_json))


def main() -> None:
    """Run the command line and exit with its code."""
    # Most of what a command makes stays to its end. To look through all of it for garbage after
    # every few hundred objects takes a fifth of the start and of asking.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for stream in (sys.stdout, sys.stderr):
        # What an encoding lacks is shown as an escape: no name or claim may end a run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = _main(sys.argv[1:])
    # The process ends and frees all: to look through it once more can take half a second.
    gc.freeze()
    sys.exit(code)


def _main(arguments: list[str]) -> int:
    code = 0
    try:
        returned = app(arguments, standalone_mode=False)
        code = returned if isinstance(returned, int) else 0
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:
        if not _is_broken_pipe(error):
            return _report(RuntimeError(f"code that was loaded ended the program: {error!r}"))
        # The reader of our output has gone, which typer and rich make an exit with 1. There is
        # nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except (typer.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a plain line
        if "--debug" in arguments:
            traceback.print_exc()
        return _report(error)
    return code


def _is_broken_pipe(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, BrokenPipeError):
        error = error.__cause__ or error.__context__
    return error is not None


def _report(error: Exception) -> int:
    """Tell a person what went wrong, in plain lines; the exit code."""
    if isinstance(error, HarnessError):
        _print_error(str(error))
        return error.exit_code
    if isinstance(error, typer.TyperException):
        _print_error(error.format_message())
        typer.echo("'harness --help' and 'harness COMMAND --help' show the usage.", err=True)
        return error.exit_code
    _print_error(f"{type(error).__name__}: {error}", "internal error")
    typer.echo("This is a fault of the harness; 'harness --debug ...' shows where.", err=True)
    return _INTERNAL_ERROR


def _print_error(message: str, kind: str = "error") -> None:
    from harness.cli.output import notice  # noqa: PLC0415 - only where there is something to say

    for line in message.splitlines():
        notice(f"{kind}: {line}")
