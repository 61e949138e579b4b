"""``harness run``: plan, show the plan, ask what is missing, score, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.attempt_log import attempt_log
from harness.cli.batch import (
    make_batches,
    prepare_batches,
    send_batches,
    wait_for_batches,
    write_batch_file,
)
from harness.cli.folders import check_writable, result_files
from harness.cli.offline import is_offline, missing_replies, say_missing, update_command
from harness.cli.output import notice, print_json
from harness.cli.page import facts_of_run
from harness.cli.plan import check_cost, say_what_is_asked, show_plan
from harness.cli.progress import All, make_progress
from harness.cli.result_view import print_summary
from harness.contamination import shared_runs
from harness.corpus import file_stem
from harness.errors import CorpusError, GoldError, HarnessError, JournalError, RunError
from harness.evaluate import Resampling, each_of, evaluate
from harness.journal import Journal
from harness.prompts import Prompt
from harness.providers import Provider
from harness.records import Article, Cell, CellUsage, Gold
from harness.running import Batches, Outcome, Plan, Retry, ask_all, make_plan
from harness.workspace import (
    Workspace,
    collect,
    look_up_models,
    open_models,
    open_workspace,
)

if TYPE_CHECKING:
    from harness.evaluate import Evaluation

__all__ = ["RunOptions", "ask_missing", "choose_articles", "run_batch"]

_FINE, _INCOMPLETE, _INTERRUPTED = 0, 3, 130


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says of a run."""

    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    limit: int | None = None
    split: str | None = None
    repeats: int = 1
    concurrency: int | None = None
    seed: int = 0
    fresh: bool = False
    update: bool = False
    retry: Retry = "retryable"
    max_cost: float | None = None
    grace_s: float = 30.0
    log_file: Path | None = None
    batch: bool = False
    batch_file: Path | None = None
    dry_run: bool = False
    yes: bool = False
    quiet: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class _Ended:
    """A run that is over.

    Parameters
    ----------
    update_command
        What asks that which is missing, where this run was offline; else empty.
    """

    plan: Plan
    outcome: Outcome
    update_command: str = ""

    @property
    def exit_code(self) -> int:
        """Offline, a recorded failure is what was to be found, and only a gap is a lack."""
        if self.outcome.interrupted:
            return _INTERRUPTED
        has_failures = bool(_failures(self.plan)) and not self.update_command
        return _INCOMPLETE if self.plan.unanswered or has_failures else _FINE


def run_batch(options: RunOptions, config: Path | None, flags: Mapping[str, Any]) -> int:
    """Run a batch; the exit code."""
    started = datetime.now(UTC)
    workspace = open_workspace(config, flags)
    offline = is_offline(workspace.settings, options)
    (providers, left_out), prompts, articles, gold = collect(
        lambda: _open_models(workspace, options, offline=offline),
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
    ended = _Ended(plan, outcome, update_command(options, config, flags) if offline else "")
    predictions = plan.predictions()
    if not any(len(cell.predictions) for cell in predictions):
        _show_nothing(ended, as_json=options.as_json)
        return ended.exit_code
    from harness.reports.error_tally import ErrorTally  # noqa: PLC0415 - reports import pandas
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
        facts = _facts(workspace, plan, evaluation, usage, providers, prompts, outcome, started)
        facts |= _facts_of_options(options) | {"offline": offline}
        write_reports(files, evaluation, usage, plan.versions())
        page_facts = facts_of_run(folder.name, started, plan, outcome, prompts, usage)
        write_page(files, page, evaluation, page_facts)
        files.write("run.json", [run_json({"run": folder.name, **facts})])
    if options.as_json:
        _show_json(ended, evaluation, usage, folder)
    else:
        name = folder.name if flags.get("results") is None else str(folder)
        print_summary(summarize(evaluation, usage, errors), name, config, flags)
    _say_what_is_missing(ended)
    notice(f"Results: {folder}")
    return ended.exit_code


def _open_models(
    workspace: Workspace, options: RunOptions, *, offline: bool
) -> tuple[list[Provider], list[str]]:
    if offline:
        providers, left_out = look_up_models(workspace, options.models)
        return providers, [f"left out: {why}" for why in left_out.values()]
    return open_models(
        workspace,
        options.models,
        options.concurrency,
        dry_run=options.dry_run or options.batch_file is not None,
    )


def choose_articles(
    articles: list[Article], gold: Mapping[str, Gold], workspace: Workspace, options: RunOptions
) -> list[Article]:
    """The articles of the run. Those without gold are left out by the plan, and counted there."""
    chosen = [each for each in articles if options.split in (None, each.split)]
    if not chosen:
        splits = ", ".join(sorted({repr(each.split) for each in articles}))
        raise CorpusError(
            f"{workspace.settings.articles}: no article is in split {options.split!r}; "
            f"there are {splits}"
        )
    labelled = [each for each in chosen if each.id in gold]
    if not labelled:
        raise GoldError(
            f"{workspace.settings.gold}: none of the {len(chosen)} articles is labelled; "
            f"write e.g. {workspace.settings.gold / (file_stem(chosen[0].id) + '.json')}"
        )
    return chosen if options.limit is None else labelled[: options.limit]


def _warn_of_shared_runs(prompts: list[Prompt], articles: list[Article]) -> None:
    for prompt in prompts:
        for shared in shared_runs(prompt, articles):
            notice(
                f"warning: prompt {prompt.name} shares {shared.n_words} words in a row with "
                f"article {shared.article_id}: its figures there say little ({shared.text!r})"
            )


def ask_missing(
    plan: Plan, batches: Batches, options: RunOptions, confirm_above_usd: float | None
) -> Outcome:
    """Ask what is unanswered, alone with the files that the replies go to."""
    units = [*batches.units, *(planned.unit for planned in plan.unanswered)]
    if not units:
        say_what_is_asked(plan)
        return Outcome()
    try:
        # Before anything is asked: can replies be kept?
        plan.journal.check_writable(units)
        lock = plan.journal.locked(units, _say_it_waits)
    except JournalError as error:
        raise RunError(str(error)) from error
    with attempt_log(options.log_file) as log:
        with lock:
            if not options.fresh:
                batches.take_up(All(log))
                plan.look_again()
            if batches.outcome.journal_error:
                return batches.outcome
            say_what_is_asked(plan)
            check_cost(
                plan,
                max_cost_usd=options.max_cost,
                confirm_above_usd=confirm_above_usd,
                yes=options.yes,
            )
            if not options.batch:
                quiet = options.quiet or options.as_json
                with make_progress(plan, quiet=quiet) as shown:
                    outcome = ask_all(
                        plan,
                        All([shown, *log]),
                        grace_s=options.grace_s,
                        max_cost_usd=options.max_cost,
                    )
                outcome.stopped |= batches.outcome.stopped
                return outcome
            send_batches(batches, plan, options.max_cost)
        # While batches are waited for, other runs may write: it can take a day.
        return wait_for_batches(batches, plan, All(log))


def _say_it_waits(path: Path) -> None:
    notice(f"another run writes {path}: waiting for it to end")


def _facts(
    workspace: Workspace,
    plan: Plan,
    evaluation: Evaluation,
    usage: Mapping[Cell, CellUsage],
    providers: list[Provider],
    prompts: list[Prompt],
    outcome: Outcome,
    started: datetime,
) -> dict[str, Any]:
    """What `run.json` says of a run."""
    return {
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "schema": workspace.schema.name,
        "models": {
            each.model.id: {
                "provider": each.model.provider,
                "name": each.model.name,
                "parameters": each.parameters,
                "max_items": each.bounds.max_items,
                "max_chars": each.bounds.max_chars,
                "max_reasks": each.settings.max_reasks,
                **each.identity(),
            }
            for each in providers
        },
        "prompts": {
            each.name: {
                "version": each.version,
                "passes": each.front.passes,
                "parameters": each.front.parameters,
            }
            for each in prompts
        },
        "articles": [article.id for article in plan.articles],
        "n_articles_without_gold": plan.n_without_gold,
        "n_requests": len(plan.requests),
        "n_not_asked": len(plan.to_ask),
        "n_in_batches": len(plan.unanswered) - len(plan.to_ask),
        "failures": dict(_failures(plan)),
        "usage": [_usage_facts(cell, each) for cell, each in usage.items()],
        "stopped": outcome.stopped,
        "journal_error": outcome.journal_error,
        "interrupted": outcome.interrupted,
        "cost_usd_of_asking": outcome.cost_usd,
        "signature": evaluation.signature.over(article.id for article in plan.articles),
        "seed": evaluation.signature.resampling.seed,
        "n_resamples": evaluation.signature.resampling.n_resamples,
    }


def _facts_of_options(options: RunOptions) -> dict[str, Any]:
    return {
        "repeats": options.repeats,
        "fresh": options.fresh,
        "update": options.update,
        "retry": options.retry,
        "max_cost_usd": options.max_cost,
    }


def _usage_facts(cell: Cell, usage: CellUsage) -> dict[str, Any]:
    return {"model": cell.model, "prompt": cell.prompt, **asdict(usage)}


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


def _failures(plan: Plan) -> Counter[str]:
    kept = (each.last_kept for each in plan.requests)
    return Counter(each.failure for each in kept if each and each.failure)


def _show_json(
    ended: _Ended, evaluation: Evaluation, usage: Mapping[Cell, CellUsage], folder: Path
) -> None:
    from harness.reports.frame import json_rows  # noqa: PLC0415
    from harness.reports.leaderboard_table import leaderboard_table  # noqa: PLC0415

    rows = json_rows(leaderboard_table(evaluation, usage, ended.plan.versions()))
    print_json(_summary(ended, folder, rows))


def _show_nothing(ended: _Ended, *, as_json: bool) -> None:
    if as_json:
        print_json(_summary(ended, None, []))
    _say_what_is_missing(ended)
    notice("No article is answered by any model: there is nothing to score.")


def _summary(
    ended: _Ended, folder: Path | None, leaderboard: list[dict[str, Any]]
) -> dict[str, Any]:
    plan, outcome = ended.plan, ended.outcome
    return {
        "run": folder.name if folder else None,
        "folder": str(folder) if folder else None,
        "failures": dict(_failures(plan)),
        "not_asked": len(plan.to_ask),
        "in_batches": len(plan.unanswered) - len(plan.to_ask),
        "missing": [each.as_json() for each in missing_replies(plan)],
        "stopped": outcome.stopped,
        "journal_error": outcome.journal_error,
        "interrupted": outcome.interrupted,
        "cost_usd": outcome.cost_usd,
        "leaderboard": leaderboard,
    }


def _say_what_is_missing(ended: _Ended) -> None:
    plan, outcome = ended.plan, ended.outcome
    failures = _failures(plan)
    if failures:
        total = sum(failures.values())
        reasons = ", ".join(f"{reason} {n}" for reason, n in failures.most_common())
        notice(
            f"{total} of {len(plan.requests)} requests failed ({reasons}); what they were to "
            "find counts as missed."
        )
    for reason in outcome.stopped.values():
        notice(f"stopped: {reason}")
    if outcome.interrupted:
        notice("interrupted")
    if outcome.cost_usd:
        notice(f"Asking cost {outcome.cost_usd:.4f} USD.")
    if ended.update_command:
        say_missing(missing_replies(plan), ended.update_command)
        return
    in_batches = [each.in_batch for each in plan.unanswered if each.in_batch]
    if in_batches:
        names = ", ".join(sorted(set(in_batches)))
        notice(
            f"{len(in_batches)} requests are in open batches ({names}); run again later to read "
            "their replies."
        )
    if plan.to_ask:
        notice(f"{len(plan.to_ask)} requests were not asked; run again to ask them.")
