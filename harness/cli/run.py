"""``harness run``: plan, show the plan, ask what is missing, score, report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.cli.asking import ask_missing
from harness.cli.batch import make_batches, prepare_batches, write_batch_file
from harness.cli.ended_run import EndedRun, say_what_is_missing, show_json, show_nothing
from harness.cli.folders import check_writable, result_files
from harness.cli.offline import is_offline, update_command
from harness.cli.output import notice
from harness.cli.page import facts_of_run
from harness.cli.plan import say_what_is_asked, show_plan
from harness.cli.result_view import print_summary
from harness.cli.run_facts import run_facts
from harness.cli.run_options import RunOptions, choose_articles, open_providers
from harness.contamination import shared_runs
from harness.errors import HarnessError
from harness.evaluate import Resampling, each_of, evaluate
from harness.journal import Journal
from harness.prompts import Prompt
from harness.records import Article
from harness.running import Outcome, make_plan
from harness.workspace import collect, open_workspace

__all__ = ["run_batch"]

_FINE = 0


def run_batch(options: RunOptions, config: Path | None, flags: Mapping[str, Any]) -> int:
    """Run a batch; the exit code."""
    started = datetime.now(UTC)
    workspace = open_workspace(config, flags)
    offline = is_offline(workspace.settings, options)
    (providers, left_out), prompts, articles, gold = collect(
        lambda: open_providers(workspace, options, offline=offline),
        lambda: workspace.prompts(options.prompts),
        workspace.articles,
        workspace.gold,
    )
    if options.batch or options.batch_file:
        left_out = prepare_batches(
            providers, left_out, for_one="--batch-file" if options.batch_file else ""
        )
    for line in left_out:
        notice(line)
    chosen = choose_articles(articles, gold, workspace, options)
    _warn_of_shared_runs(prompts, chosen)
    journal = Journal(workspace.settings.results)
    if not options.dry_run:
        check_writable(workspace.settings.results)
        if not offline:
            check_writable(journal.folder)
    plan = make_plan(
        providers,
        prompts,
        chosen,
        gold,
        workspace.schema,
        journal,
        repeats=options.repeats,
        fresh=options.fresh,
        # A failure is a reply that is recorded.
        retry="none" if offline else options.retry,
    )
    for path, n_lines in journal.torn.items():
        notice(f"{path}: {n_lines} unreadable line(s) were set aside")
    batches = make_batches(plan, workspace.settings, quiet=options.quiet or options.as_json)
    if not options.fresh:
        batches.find()
    if options.dry_run:
        show_plan(plan, workspace.settings.results, as_json=options.as_json)
        return _FINE
    if options.batch_file:
        return write_batch_file(plan, options.batch_file, as_json=options.as_json)
    if offline:
        say_what_is_asked(plan)
        outcome = Outcome()
    else:
        outcome = ask_missing(plan, batches, options, workspace.settings.confirm_above_usd)
    if outcome.journal_error:
        notice(f"stopped: {outcome.journal_error}")
    else:
        journal.close()
    ended = EndedRun(plan, outcome, update_command(options, config, flags) if offline else "")
    predictions = plan.predictions()
    if not any(len(cell.predictions) for cell in predictions):
        show_nothing(ended, as_json=options.as_json)
        return ended.exit_code
    from harness.reports.error_tally import ErrorTally  # noqa: PLC0415 - only where there is a result
    from harness.reports.page import PageGatherer  # noqa: PLC0415
    from harness.reports.run_json import run_json  # noqa: PLC0415
    from harness.reports.summary import summarize  # noqa: PLC0415
    from harness.reports.write import write_claims, write_page, write_reports  # noqa: PLC0415

    errors = ErrorTally()

    folder = _new_folder(workspace.settings.results, started)
    with result_files(folder, is_new=True) as files, PageGatherer(folder) as page:
        evaluation = evaluate(
            predictions,
            gold,
            workspace.schema,
            {article.id: article for article in plan.articles},
            {prompt.name: "\n\n".join(prompt.own_texts) for prompt in prompts},
            Resampling(options.seed),
            each_of(write_claims(files), page.add, errors.add),
        )
        usage = {each.cell: each.usage for each in predictions}
        facts = run_facts(workspace, evaluation, usage, providers, prompts, options, ended, started)
        write_reports(files, evaluation, usage, plan.versions())
        page_facts = facts_of_run(folder.name, started, plan, outcome, prompts, usage)
        write_page(files, page, evaluation, page_facts)
        files.write("run.json", [run_json({"run": folder.name, **facts})])
    if options.as_json:
        show_json(ended, evaluation, usage, folder)
    else:
        name = folder.name if flags.get("results") is None else str(folder)
        print_summary(summarize(evaluation, usage, errors), name, config, flags)
    say_what_is_missing(ended)
    notice(f"Results: {folder}")
    return ended.exit_code


def _warn_of_shared_runs(prompts: list[Prompt], articles: list[Article]) -> None:
    for prompt in prompts:
        for shared in shared_runs(prompt, articles):
            notice(
                f"warning: prompt {prompt.name} shares {shared.n_words} words in a row with "
                f"article {shared.article_id}: its figures there say little ({shared.text!r})"
            )


def _new_folder(results: Path, started: datetime) -> Path:
    """A folder of its own: run ids sort by time, and two runs of one second differ."""
    stem = started.strftime("%Y%m%dT%H%M%SZ")
    for number in range(1, 1000):
        folder = results / (stem if number == 1 else f"{stem}-{number:03}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise HarnessError(f"{folder}: the reports cannot be written: {error}") from error
        return folder
    raise HarnessError(f"{results}: a thousand runs in one second")
