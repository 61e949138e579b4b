"""``harness watch``: evaluates a prompt again whenever it is saved, on the articles of split dev.

Files are looked at a few times a second. That needs no library, and sees what notices of the
operating system miss: folders on a network or mounted into a container, and editors that write a
new file and rename it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.cli.asking import ask_missing
from harness.cli.batch import make_batches
from harness.cli.folders import check_writable
from harness.cli.offline import is_offline, missing_replies, say_missing, update_command
from harness.cli.output import console, notice
from harness.cli.run_options import RunOptions, choose_articles, open_providers
from harness.errors import HarnessError
from harness.evaluate import OVERALL, gold_hash
from harness.journal import Journal
from harness.regression.baseline import Baseline, read_baseline
from harness.regression.changes import CellChange, cell_changes
from harness.regression.check import Check
from harness.regression.exact_scores import ExactScore, exact_scores
from harness.regression.formats.interface import CheckReport
from harness.regression.verdict import figure, plural
from harness.reports.plain import printable
from harness.running import Outcome, Plan, make_plan
from harness.workspace import Workspace, collect, open_workspace

if TYPE_CHECKING:
    from harness.regression.beside_baseline import BesideBaseline

__all__ = ["watch"]

_DEV = "dev"
_SETTINGS_FILES = [Path("harness.toml"), Path("pyproject.toml")]
_BETWEEN_LOOKS_S = 0.3
_FINE, _INTERRUPTED = 0, 130
_UNDEFINED = "–"

_Stamp: TypeAlias = Mapping[Path, tuple[int, int, int]]
"""Of each file when it was written, its size, and which file it is."""


class _Interrupted(Exception):  # noqa: N818 - says what happened
    """Asking was interrupted."""


def watch(options: RunOptions, config: Path | None, flags: Mapping[str, Any]) -> int:
    """Evaluate now, and again on every save, until an interrupt; the exit code.

    Raises
    ------
    HarnessError
        If something is wrong at the start. What goes wrong later is said, and waited for.
    """
    watched = _Watch(replace(options, split=_DEV), config, flags)
    seen = watched.stamp()
    try:
        watched.evaluate()
        notice("watching; Ctrl-C ends it")
        while True:
            _wait_for_change(watched, seen)
            seen = watched.stamp()
            try:
                watched.evaluate()
            except HarnessError as error:
                for line in str(error).splitlines():
                    notice(f"error: {line}")
                notice("waiting until that is mended")
    except _Interrupted:
        return _INTERRUPTED
    except KeyboardInterrupt:
        # It is how a person ends it, and nothing was being asked.
        return _FINE


def _wait_for_change(watched: _Watch, seen: _Stamp) -> None:
    """Wait until files are others, and have been left alone for a moment."""
    while (found := watched.stamp_after(_BETWEEN_LOOKS_S)) == seen:
        pass
    while (later := watched.stamp_after(_BETWEEN_LOOKS_S)) != found:
        found = later


class _Watch:
    """What is watched, and what it was last."""

    def __init__(self, options: RunOptions, config: Path | None, flags: Mapping[str, Any]) -> None:
        self._options = options
        self._config = config
        self._flags = flags
        self._workspace = open_workspace(config, flags)
        self._last: object = None
        self._start: Baseline | None = None
        self._spent_usd = 0.0

    def stamp(self) -> _Stamp:
        """How the files are that an evaluation depends on."""
        settings = self._workspace.settings
        settings_files = [self._config] if self._config else _SETTINGS_FILES
        places = [settings.prompts, settings.articles, settings.gold, *settings_files]
        found = {}
        for path in _files([*places, *map(Path, self._options.prompts)]):
            try:
                status = path.stat()
            except OSError:
                # It has just gone.
                continue
            found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return found

    def stamp_after(self, seconds: float) -> _Stamp:
        """The same in a moment."""
        time.sleep(seconds)
        return self.stamp()

    def evaluate(self) -> None:
        """Ask what is missing and show what has changed, where anything that matters has."""
        self._workspace = workspace = open_workspace(self._config, self._flags)
        offline = is_offline(workspace.settings, self._options)
        plan, facts = self._plan(workspace, offline=offline)
        if facts == self._last:
            notice("saved; nothing that is asked or scored has changed")
            return
        outcome = Outcome() if offline else self._ask(plan, workspace)
        plan.journal.close()
        if outcome.interrupted:
            raise _Interrupted
        for reason in (*outcome.stopped.values(), outcome.journal_error):
            if reason:
                notice(f"stopped: {reason}")
        if offline:
            command = update_command(self._options, self._config, self._flags)
            say_missing(missing_replies(plan), command)
        elif plan.unanswered:
            notice(f"{len(plan.unanswered)} requests were not asked; save again to ask them")
        # What could not be asked is asked at the next save, whatever that changes.
        self._last = None if plan.unanswered else facts
        self._show(workspace, plan)

    def _plan(self, workspace: Workspace, *, offline: bool) -> tuple[Plan, object]:
        """What is to be asked, and all that scores depend on."""
        options = self._options
        (providers, left_out), prompts, articles, gold = collect(
            lambda: open_providers(workspace, options, offline=offline),
            lambda: workspace.prompts(options.prompts),
            workspace.articles,
            workspace.gold,
        )
        for line in left_out:
            notice(line)
        chosen = choose_articles(articles, gold, workspace, options)
        chosen = [each for each in chosen if each.id in gold]
        journal = Journal(workspace.settings.results)
        if not offline:
            check_writable(journal.folder)
        plan = make_plan(
            providers,
            prompts,
            chosen,
            gold,
            workspace.schema,
            journal,
            retry="none" if offline else options.retry,
        )
        hashes = {each.id: gold_hash(gold[each.id], workspace.schema) for each in chosen}
        return plan, ({(each.unit, each.key) for each in plan.requests}, hashes)

    def _ask(self, plan: Plan, workspace: Workspace) -> Outcome:
        options = self._options
        if options.max_cost is not None:
            # It is for as long as this goes on, not for each save.
            options = replace(options, max_cost=max(options.max_cost - self._spent_usd, 0.0))
        batches = make_batches(plan, workspace.settings, quiet=options.quiet)
        batches.find()
        outcome = ask_missing(plan, batches, options, workspace.settings.confirm_above_usd)
        self._spent_usd += outcome.cost_usd or 0.0
        return outcome

    def _show(self, workspace: Workspace, plan: Plan) -> None:
        options = self._options
        ids = {article.id for article in plan.articles}
        saved = read_baseline(workspace.settings.baseline)
        cells = plan.cells.keys()
        has_all = saved is not None and cells <= saved.cells.keys()
        reference = saved if has_all else self._start
        check = Check(
            workspace,
            tuple(dict.fromkeys(cell.model for cell in cells)),
            options.prompts,
            choose=lambda labelled: [each for each in labelled if each.id in ids],
            baseline=reference,
        )
        standing = check.standing
        if not has_all and (reference is None or reference.gold != standing.gold):
            if reference is not None:
                notice("gold has changed: what follows is compared with how it stands now")
            whole = {each.cell: each for each in standing.cells.values() if each.counts is not None}
            self._start = Baseline(standing.scorer, dict(standing.gold), whole) if whole else None
            reference = None
        cases = [case for cell in cells if (case := check.beside_baseline(cell)) is not None]
        as_before = "as in the baseline" if has_all else "as at the start"
        if options.as_json:
            _show_json(check, cases, reference)
            return
        for case in cases:
            version = case.now.prompt.version if case.now.prompt else ""
            _write(_heading(case, version))
            _write(_text(case, reference, as_before))


def _files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        yield from (place.rglob("*") if place.is_dir() else [place])


def _change(case: BesideBaseline, reference: Baseline | None) -> CellChange | None:
    return None if reference is None else next(cell_changes([case], reference), None)


def _heading(case: BesideBaseline, version: str) -> str:
    score = case.scores("lenient")[OVERALL]
    n = f"{plural(score.n_articles, 'article')} of split {_DEV}"
    gold, failed = plural(score.n_gold, "gold claim"), plural(case.now.n_failed, "failed request")
    clock = time.strftime("%H:%M:%S")
    return f"{clock} {case.cell.model} {case.cell.prompt}@{version}: {n}, {gold}, {failed}"


def _text(case: BesideBaseline, reference: Baseline | None, as_before: str) -> str:
    """What has changed, or where the cell stands."""
    change = _change(case, reference)
    if change is not None:
        from harness.regression.formats.text import changes_text  # noqa: PLC0415 - rich

        return changes_text([], [change], console().width)
    scores = exact_scores(case.counts, "lenient")
    lines = [f"  {name}: {_figures(score)}" for name, score in scores.items()]
    if reference is not None:
        lines.append(f"  {as_before if case.reference else case.no_reference}")
    return "\n".join(lines) + "\n"


def _figures(score: ExactScore) -> str:
    names = ("P", "R", "F1")
    values = (_UNDEFINED if value is None else figure(value) for value in score.values)
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def _write(text: str) -> None:
    sys.stdout.write("\n".join(map(printable, text.split("\n"))).rstrip("\n") + "\n")
    sys.stdout.flush()


def _show_json(check: Check, cases: list[BesideBaseline], reference: Baseline | None) -> None:
    """One line for each evaluation."""
    from harness.regression.formats import FORMATS  # noqa: PLC0415 - rich

    changes = tuple(change for case in cases if (change := _change(case, reference)) is not None)
    baseline = None if reference is None else check.baseline_file
    report = CheckReport(f"split {_DEV}", baseline, (), (), changes)
    values = json.loads(FORMATS["json"](report, 0))
    values["scores"] = [
        {
            "model": case.cell.model,
            "prompt": case.cell.prompt,
            "claim_type": name,
            **dict(zip(("precision", "recall", "f1"), map(_number, score.values), strict=True)),
            "n_gold": float(score.n_gold),
            "n_articles": score.n_articles,
        }
        for case in cases
        for name, score in exact_scores(case.counts, "lenient").items()
    ]
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def _number(value: Any) -> float | None:  # noqa: ANN401 - a fraction or None
    return None if value is None else float(value)
