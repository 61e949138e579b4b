"""Asking what is missing, alone with the files that the replies go to."""

from __future__ import annotations

from pathlib import Path

from harness.cli.attempt_log import attempt_log
from harness.cli.batch import send_batches, wait_for_batches
from harness.cli.output import notice
from harness.cli.plan import check_cost, say_what_is_asked
from harness.cli.progress import All, make_progress
from harness.cli.run_options import RunOptions
from harness.errors import JournalError, RunError
from harness.running import Batches, Outcome, Plan, ask_all

__all__ = ["ask_missing"]


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
