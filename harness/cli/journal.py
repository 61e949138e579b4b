"""``harness journal import``: replies that came in a file, as a batch or run-batch writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from harness.cli.batch import prepare_batches, say_reading
from harness.cli.folders import check_writable
from harness.cli.output import notice, print_json
from harness.cli.run_options import RunOptions, choose_articles
from harness.errors import RunError
from harness.journal import Journal
from harness.providers import Provider
from harness.providers.batch_input import check_batchable
from harness.running import Plan, make_plan
from harness.running.batch_files import OutputReader, Reading, by_key
from harness.workspace import collect, open_models, open_workspace

__all__ = ["import_replies"]

_FINE, _INCOMPLETE = 0, 3


def import_replies(
    files: Sequence[Path],
    options: RunOptions,
    config: Path | None,
    flags: Mapping[str, Any],
) -> int:
    """Read files of replies into the journal; the exit code.

    Raises
    ------
    RunError
        If a file cannot be read, or none of its lines answers a request.
    """
    workspace = open_workspace(config, flags)
    (providers, notices), prompts, articles, gold = collect(
        lambda: open_models(workspace, options.models, None, dry_run=True),
        lambda: workspace.prompts(options.prompts),
        workspace.articles,
        workspace.gold,
    )
    prepare_batches(providers, notices, for_one="journal import")
    journal = Journal(workspace.settings.results)
    check_writable(journal.folder)
    plan = make_plan(
        providers,
        prompts,
        choose_articles(articles, gold, workspace, options),
        gold,
        workspace.schema,
        journal,
        repeats=options.repeats,
        fresh=options.fresh,
        retry="all",
    )
    units = [planned.unit for planned in plan.requests]
    with ExitStack() as stack:
        lines = [stack.enter_context(_opened(path)) for path in files]
        stack.enter_context(journal.locked(units, _say_it_waits))
        if not options.fresh:
            plan.look_again()
        stack.callback(journal.close)
        reading = _read(plan, providers[0], lines)
    return _show(files, providers[0].model.id, reading, as_json=options.as_json)


def _read(plan: Plan, provider: Provider, files: Iterable[IO[bytes]]) -> Reading:
    wanted = by_key(plan.requests)
    reader = OutputReader(
        check_batchable(provider),
        plan.journal,
        wanted,
        wanted.keys(),
        leave={key for key, same in wanted.items() if all(each.kept for each in same)},
    )
    return reader.read(*files)


def _show(files: Sequence[Path], model: str, reading: Reading, *, as_json: bool) -> int:
    if reading.n_lines and reading.n_lines == reading.n_unknown + reading.n_torn:
        raise RunError(
            f"{', '.join(map(str, files))}: none of the {reading.n_lines} lines answers a request "
            f"of {model}; say the -m, -p, --repeats and --articles that the input was written with"
        )
    if as_json:
        print_json({"model": model, **_as_json(reading)})
    say_reading(model, reading)
    notice("Nothing was asked; 'harness run' scores what is there, and asks what is missing.")
    is_fine = not (reading.failures or reading.n_torn or reading.n_unknown)
    return _FINE if is_fine else _INCOMPLETE


def _as_json(reading: Reading) -> dict[str, Any]:
    """Keys are counted, but not named."""
    values = {field.name: getattr(reading, field.name) for field in fields(reading)}
    values.pop("example")
    return {name: len(value) if isinstance(value, set) else value for name, value in values.items()}


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error}") from error


def _say_it_waits(path: Path) -> None:
    notice(f"another run writes {path}: waiting for it to end")
