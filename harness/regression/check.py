"""The check: what is judged can be listed at once, and is scored when the first verdict is asked.

    check = Check(open_workspace(None, {}))
    check.items        # from settings and prompts alone: nothing is scored
    check.verdict(item)
    check.verdicts     # all, with warnings that no item stands for
    check.changes      # what changed since the baseline

Nothing is asked of a model, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from harness.errors import ConfigurationError, HarnessError
from harness.evaluate import OVERALL, scorer_of
from harness.gates import GateSettings
from harness.prompts import Prompt, load_prompts
from harness.records import Cell
from harness.regression.baseline import Baseline, read_baseline
from harness.regression.baseline_verdicts import (
    judge_baseline,
    judge_recordings,
    stray_cells,
    warn_of_splits,
)
from harness.regression.beside_baseline import BesideBaseline
from harness.regression.changes import CellChange, PromptChange, cell_changes, prompt_changes
from harness.regression.formats.interface import CheckReport
from harness.regression.recorded import (
    ChooseArticles,
    Material,
    open_recorded,
    shown_path,
    standing_by_recordings,
)
from harness.regression.reference import NO_BASELINE, References, references
from harness.regression.standing import Standing
from harness.regression.verdict import CheckItem, Verdict, run_command
from harness.regression.verdicts import judge
from harness.settings import resolve_model
from harness.workspace import Workspace

__all__ = ["BASELINE", "RECORDINGS", "Check"]

RECORDINGS = "recordings"
"""The verdict on whether a cell has all of its replies."""
BASELINE = "baseline"
"""The verdict on whether the baseline is of today's gold and scorer."""


@dataclass(frozen=True, eq=False)
class _Loaded:
    """What is there: the standing and what it is compared with."""

    standing: Standing
    baseline: Baseline | None
    references: References
    cases: Mapping[Cell, BesideBaseline]
    torn: Mapping[Path, int]


class Check:
    """Cells beside their baseline and gates.

    Parameters
    ----------
    workspace
        Settings and schema.
    models, prompts
        Those that are looked at; by default those of the settings.
    repeats
        How often each request was asked.
    folder
        A result folder to check in place of what is recorded.
    choose
        Takes some of the labelled articles to look at; by default all are.
    baseline
        What is compared with; by default what the baseline's file says.
    """

    def __init__(
        self,
        workspace: Workspace,
        models: Sequence[str] = (),
        prompts: Sequence[str] = (),
        *,
        repeats: int = 1,
        folder: Path | None = None,
        choose: ChooseArticles | None = None,
        baseline: Baseline | None = None,
    ) -> None:
        self.workspace = workspace
        self._wanted_models = tuple(models)
        self._wanted_prompts = tuple(prompts)
        self._repeats = repeats
        self._folder = folder
        self._choose = choose
        self._given = baseline
        self._verdicts: dict[CheckItem, Verdict] = {}

    @property
    def gates(self) -> GateSettings:
        """What is demanded."""
        return self.workspace.settings.gates

    @property
    def baseline_file(self) -> str:
        """The path of the baseline, as it is shown."""
        return shown_path(self.workspace.settings.baseline)

    @cached_property
    def items(self) -> tuple[CheckItem, ...]:
        """All that is judged, and may fail. Of a result folder it takes reading it.

        Raises
        ------
        InputError
            If settings or prompts cannot be used.
        """
        found = []
        if self.workspace.settings.baseline.exists():
            found.append(CheckItem(None, self.baseline_file, OVERALL, BASELINE))
        for cell, file in self._cells.items():
            found.append(CheckItem(cell, file, OVERALL, RECORDINGS))
            for claim_type in (OVERALL, *self.workspace.schema.types):
                gates = self.gates.of(cell.model, cell.prompt, claim_type)
                found += [CheckItem(cell, file, claim_type, name) for name in gates.names]
        return tuple(found)

    @cached_property
    def _cells(self) -> Mapping[Cell, str]:
        """The cells that are looked at, with the files of their prompts."""
        if self._folder is not None:
            cells = self.standing.cells
            return {
                cell: each.prompt.file if each.prompt else cell.prompt
                for cell, each in cells.items()
            }
        prompts = {prompt.name: shown_path(prompt.path) for prompt in self._prompts}
        return {
            Cell(model, prompt): file for model in self._models for prompt, file in prompts.items()
        }

    @cached_property
    def _models(self) -> tuple[str, ...]:
        settings = self.workspace.settings
        names = tuple(dict.fromkeys(self._wanted_models or settings.default_models))
        for name in names:
            resolve_model(name, settings)
        return names

    @cached_property
    def _prompts(self) -> list[Prompt]:
        return self.workspace.prompts(self._wanted_prompts)

    @property
    def standing(self) -> Standing:
        """Where the cells stand."""
        return self._loaded.standing

    @property
    def baseline(self) -> Baseline | None:
        """The baseline; None where there is none."""
        return self._loaded.baseline

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What is said of all items, and warnings besides.

        Of a cell that is not evaluated there is one verdict; of a default model that cannot be
        looked up here none; and none on a drop of what nobody has labelled.
        """
        return tuple(self._all_verdicts())

    @property
    def failed(self) -> bool:
        """Whether anything fails."""
        return any(each.failed for each in self.verdicts)

    @cached_property
    def prompt_changes(self) -> tuple[PromptChange, ...]:
        """The prompts that have changed since the baseline."""
        return () if self.baseline is None else tuple(prompt_changes(self.baseline, self.standing))

    @cached_property
    def cell_changes(self) -> tuple[CellChange, ...]:
        """How cells differ from what they are compared with, whatever the gates say."""
        if self.baseline is None:
            return ()
        return tuple(cell_changes(self._loaded.cases.values(), self.baseline))

    def beside_baseline(self, cell: Cell) -> BesideBaseline | None:
        """A cell and what it is compared with; None where it has not all of its replies."""
        return self._loaded.cases.get(cell)

    @cached_property
    def report(self) -> CheckReport:
        """All of it, as the formats take it."""
        loaded = self._loaded
        known = {cell.model for cell in loaded.baseline.cells} if loaded.baseline else set()
        return CheckReport(
            "recorded replies" if self._folder is None else f"run {shown_path(self._folder)}",
            None if loaded.baseline is None else self.baseline_file,
            self.verdicts,
            self.prompt_changes,
            self.cell_changes,
            (
                *(
                    f"left out: {name}: {why}"
                    for name, why in loaded.standing.left_out.items()
                    if name not in known
                ),
                *(
                    f"{path}: {n} unreadable line(s) were set aside"
                    for path, n in loaded.torn.items()
                ),
            ),
        )

    def report_on(self, item: CheckItem) -> CheckReport:
        """What is said of one item, with what changed of its prompt, cell and claim type."""
        cell = item.cell
        return replace(
            self.report,
            verdicts=(self.verdict(item),),
            prompt_changes=tuple(
                each for each in self.prompt_changes if cell and each.name == cell.prompt
            ),
            cell_changes=tuple(
                each if item.claim_type == OVERALL else each.only(item.claim_type)
                for each in self.cell_changes
                if each.cell == cell
            ),
            notices=(),
        )

    def verdict(self, item: CheckItem) -> Verdict:
        """What is said of one of the items. Scoring is done once, when the first is asked for.

        Every gate of a cell that is not evaluated fails, with the command that evaluates it.

        Raises
        ------
        InputError
            If articles, gold or the baseline cannot be used.
        """
        if item not in self._verdicts:
            self._verdicts[item] = self._judge(item)
        return self._verdicts[item]

    def _judge(self, item: CheckItem) -> Verdict:
        loaded = self._loaded
        if item.cell is None:
            if loaded.baseline is None:
                return Verdict(item, "inconclusive", NO_BASELINE)
            return judge_baseline(item, loaded.baseline, loaded.standing, loaded.references)
        case = loaded.cases.get(item.cell)
        if case is None or item.gate == RECORDINGS:
            command = run_command(item.cell, item.file, self._repeats)
            return judge_recordings(item, loaded.standing, command)
        gates = self.gates.of(item.cell.model, item.cell.prompt, item.claim_type)
        return judge(case, item, gates)

    def _all_verdicts(self) -> Iterator[Verdict]:
        loaded = self._loaded
        for item in self.items:
            if item.cell is not None and item.cell not in loaded.standing.cells:
                continue
            if item.gate in (RECORDINGS, BASELINE) or self._says_something(item):
                yield self.verdict(item)
        if loaded.baseline is not None:
            is_selection = bool(
                self._wanted_models or self._wanted_prompts or self._folder is not None
            )
            yield from stray_cells(
                loaded.baseline, loaded.standing, self.baseline_file, is_selection=is_selection
            )
        for case in loaded.cases.values():
            warning = warn_of_splits(case, self._cells[case.cell])
            if warning is not None:
                yield warning

    def _says_something(self, item: CheckItem) -> bool:
        """Whether there is anything to say but that a cell is not evaluated, or nobody labelled."""
        case = None if item.cell is None else self._loaded.cases.get(item.cell)
        if case is None:
            return False
        is_default = item.gate == "max_drop" and item.claim_type != OVERALL
        return not is_default or case.is_labelled(item.claim_type)

    @cached_property
    def _loaded(self) -> _Loaded:
        baseline = self._given or read_baseline(self.workspace.settings.baseline)
        if self._folder is not None:
            from harness.regression.run_folder import standing_of_folder  # noqa: PLC0415 - pandas

            standing = standing_of_folder(
                self._folder, self.workspace, self._wanted_models, self._wanted_prompts
            )
            self._check_selectors([cell.model for cell in standing.cells], standing, baseline)
            return _put_together(standing, baseline, references(baseline, standing, None, []))
        recorded = open_recorded(
            self.workspace, self._wanted_models, lambda: self._prompts, self._choose
        )
        self._check_selectors(self._models, None, baseline)
        material = replace(
            recorded.material,
            repeats=self._repeats,
            is_grounded=self.gates.demands("max_ungrounded", "max_copied"),
            has_digests=baseline is not None and self._is_other(baseline, recorded.material),
        )
        standing = standing_by_recordings(replace(recorded, material=material))
        found = references(baseline, standing, material, recorded.providers)
        return _put_together(standing, baseline, found, material.journal.torn)

    def _is_other(self, baseline: Baseline, material: Material) -> bool:
        """Whether gold or scorer are not those of the baseline."""
        is_part = material.is_part
        gold = material.gold_hashes
        then = {each: baseline.gold.get(each) for each in gold} if is_part else baseline.gold
        return then != gold or baseline.scorer != scorer_of(self.workspace.schema)

    def _check_selectors(
        self, models: Iterable[str], standing: Standing | None, baseline: Baseline | None
    ) -> None:
        """Raise `ConfigurationError` where an override is for nothing that there is."""
        settings = self.workspace.settings
        of_baseline = [] if baseline is None else [cell.model for cell in baseline.cells]
        known = {*models, *settings.default_models, *settings.models, *of_baseline}
        problems = self.gates.unmatched(
            known, self._prompt_names(standing), self.workspace.schema.types
        )
        if problems:
            raise ConfigurationError(problems)

    def _prompt_names(self, standing: Standing | None) -> set[str]:
        cells = () if standing is None else standing.cells
        settings = self.workspace.settings
        names = {cell.prompt for cell in cells}
        if standing is None:
            names |= {prompt.name for prompt in self._prompts}
        try:
            others = load_prompts(settings.prompts, self.workspace.schema)
        except HarnessError:
            # Which other prompts there are cannot be known; no name may be called misspelt.
            return names | {each.prompt for each in self.gates.override if each.prompt is not None}
        return names | {prompt.name for prompt in others}


def _put_together(
    standing: Standing,
    baseline: Baseline | None,
    found: References,
    torn: Mapping[Path, int] = MappingProxyType({}),
) -> _Loaded:
    cases = {
        cell: BesideBaseline(
            each,
            found.of.get(cell),
            found.why_not.get(cell, ""),
            standing.claims,
            standing.articles,
        )
        for cell, each in standing.cells.items()
        if each.counts is not None
    }
    return _Loaded(standing, baseline, found, cases, torn)
