"""Gates as tests of pytest: in the file of a prompt models, in these claim types, then gates."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import chdir
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from warnings import WarningMessage

import pytest

from harness.errors import HarnessError
from harness.evaluate import OVERALL
from harness.pytest_plugin import GateWarning, harness_folder
from harness.pytest_plugin.evaluation import Evaluation, Told
from harness.pytest_plugin.live import ask_missing, check_live_with_workers
from harness.regression.check import BASELINE, Check
from harness.regression.verdict import CheckItem
from harness.reports.plain import printable
from harness.workspace import Workspace, open_workspace

__all__ = ["GateItem", "GatesPlugin"]

_SHARED = "harness_shared"
_README = "readme.md"


class GatesPlugin:
    """Collects gates, and knows what is said of them.

    Parameters
    ----------
    config
        Of a session in which gates are wanted.

    Raises
    ------
    pytest.UsageError
        If there is no folder of the harness.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.folder = harness_folder(config)
        self._is_whole = False
        self.has_broken = False
        self._shared_by_us: Path | None = None

    @property
    def header(self) -> str:
        """A line for the head of a session."""
        live = "missing replies are asked for" if self._is_live else "by recorded replies"
        return f"harness: gates of {self.folder}, {live}"

    @property
    def _is_live(self) -> bool:
        return bool(self._config.getoption("harness_live"))

    @property
    def _workerinput(self) -> dict[str, Any] | None:
        """What pytest-xdist gave us, where this is one of its workers."""
        found: dict[str, Any] | None = getattr(self._config, "workerinput", None)
        return found

    @cached_property
    def workspace(self) -> Workspace:
        """Settings and schema."""
        with chdir(self.folder):
            return open_workspace(None, {})

    @cached_property
    def evaluation(self) -> Evaluation:
        """What is said of the gates."""
        shared = None if self._workerinput is None else self._workerinput.get(_SHARED)
        return Evaluation(
            self.folder,
            self.workspace,
            None if shared is None else Path(shared),
            is_elsewhere=self._config.invocation_params.dir.resolve() != self.folder,
        )

    def paths_to_add(self) -> list[str]:
        """What is collected where no paths are given: the prompts, and the baseline.

        Raises
        ------
        pytest.UsageError
            If the settings cannot be used, or there is no folder of prompts.
        """
        try:
            settings = self.workspace.settings
        except HarnessError as error:
            raise pytest.UsageError(str(error)) from error
        prompts = self.folder / settings.prompts
        if not prompts.is_dir():
            raise pytest.UsageError(
                f"--harness: {prompts}: there is no such folder of prompts; `harness init` makes "
                "one, --harness-dir says where the settings are"
            )
        self._is_whole = True
        # Before pytest 9, what is given twice is collected once or not at all.
        given = [Path(self._config.invocation_params.dir, each) for each in self._config.args]
        files = dict.fromkeys(self.folder / name for name in settings.default_prompts)
        elsewhere = [each for each in files if each.is_file() and not _is_within(each, prompts)]
        return [
            str(path)
            for path in (prompts, *elsewhere, self._baseline)
            if path.exists() and not any(_is_within(path, each) for each in given)
        ]

    @property
    def _baseline(self) -> Path:
        return self.folder / self.workspace.settings.baseline

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Make a collector of a prompt, or of the baseline."""
        if file_path.suffix not in (".md", ".json"):
            return None
        try:
            is_prompt = self._is_prompt(file_path, parent.session.isinitpath(file_path))
            is_baseline = not is_prompt and _same(file_path, self._baseline)
        except HarnessError:
            # The settings cannot be used: the file that was named says so.
            is_prompt, is_baseline = parent.session.isinitpath(file_path), False
        if is_prompt or is_baseline:
            found: pytest.Collector = PromptFile.from_parent(parent, path=file_path)
            return found
        return None

    def _is_prompt(self, path: Path, is_named: bool) -> bool:
        """Whether a file is one of the prompts that are checked, or was named."""
        settings = self.workspace.settings
        if path.suffix != ".md":
            return False
        if not _same(path.parent, self.folder / settings.prompts):
            return any(_same(path, self.folder / name) for name in settings.default_prompts)
        if path.name.lower() == _README or path.name.startswith("."):
            return False
        if is_named or not settings.default_prompts:
            return True
        try:
            return path.resolve() in self._default_prompts
        except HarnessError:
            # One of them cannot be used, and its own collector says so.
            return True

    @cached_property
    def _default_prompts(self) -> frozenset[Path]:
        with chdir(self.folder):
            return frozenset(prompt.path.resolve() for prompt in self.workspace.prompts(()))

    def items(self, path: Path) -> tuple[CheckItem, ...]:
        """What is judged of a file.

        Raises
        ------
        HarnessError
            If settings or the prompt cannot be used.
        """
        with chdir(self.folder):
            if path.suffix == ".json":
                file = Check(self.workspace).baseline_file
                return (CheckItem(None, file, OVERALL, BASELINE),)
            found = Check(self.workspace, (), [str(path)]).items
        return tuple(each for each in found if each.cell is not None)

    def told(self, item: GateItem) -> Told:
        """What is said of an item.

        Raises
        ------
        HarnessError
            If articles, gold, prompts or the baseline cannot be used.
        """
        if not self.evaluation.is_ready:
            items = list(_gate_items(item.session.items))
            prompts = dict.fromkeys(str(each.path) for each in items if each.judged.cell)
            is_whole = self._is_whole and not self.has_broken
            self.evaluation.begin([each.judged for each in items], prompts, is_whole=is_whole)
        return self.evaluation.told(item.judged)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Ask what is missing before pytest-xdist starts its workers."""
        config = session.config
        is_asking = self._is_live and not config.getoption("collectonly")
        if is_asking and config.pluginmanager.hasplugin("dsession"):
            check_live_with_workers(config)
            paths = list(self._prompts_of_arguments())
            with chdir(self.folder):
                items = [each for path in paths for each in self.items(path)]
            ask_missing(config, self.folder, self.workspace, items)

    def _prompts_of_arguments(self) -> Iterator[Path]:
        """The prompts that the workers are going to collect."""
        for argument in self._config.args:
            path = (self._config.invocation_params.dir / argument).resolve()
            if path.is_file() and path.suffix == ".md":
                yield path
            elif (self.folder / self.workspace.settings.prompts).resolve().is_relative_to(path):
                with chdir(self.folder):
                    yield from (each.path.resolve() for each in self.workspace.prompts(()))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Ask what is missing of the gates that were chosen."""
        config = session.config
        if self._is_live and self._workerinput is None and not config.getoption("collectonly"):
            judged = [each.judged for each in _gate_items(session.items)]
            ask_missing(config, self.folder, self.workspace, judged)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - pytest-xdist has no types
        """Give the workers of pytest-xdist a folder in which they share what one has evaluated."""
        if self._shared_by_us is None:
            self._shared_by_us = Path(tempfile.mkdtemp(prefix="harness-"))
        node.workerinput[_SHARED] = str(self._shared_by_us)

    def pytest_unconfigure(self) -> None:
        """Remove that folder."""
        if self._shared_by_us is not None:
            shutil.rmtree(self._shared_by_us, ignore_errors=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Say of a gate that is skipped that it is the prompt's, not ours."""
        report = yield
        if isinstance(item, GateItem) and isinstance(report.longrepr, tuple):
            report.longrepr = (str(item.path), 1, report.longrepr[2])
        return report


class _Gates(pytest.Collector):
    """Some gates that have a name in common."""

    def __init__(self, *, judged: Sequence[CheckItem], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self._judged = judged


class ModelGates(_Gates):
    """The gates of a model under a prompt."""

    def collect(self) -> Iterator[pytest.Collector]:
        """Its claim types."""
        for name, of_type in groupby(self._judged, key=lambda each: each.claim_type):
            yield ClaimTypeGates.from_parent(self, name=printable(name), judged=list(of_type))


class ClaimTypeGates(_Gates):
    """The gates of a claim type of a model."""

    def collect(self) -> Iterator[pytest.Item]:
        """The gates."""
        return _items(self, self._judged)


class PromptFile(pytest.File):
    """A prompt, or the baseline."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Models; or what is said of the baseline.

        Raises
        ------
        pytest.Collector.CollectError
            If settings or the prompt cannot be used.
        """
        try:
            judged = _plugin(self).items(self.path)
        except HarnessError as error:
            _plugin(self).has_broken = True
            raise self.CollectError(str(error)) from error
        if self.path.suffix != ".md":
            yield from _items(self, judged)
            return
        for name, of_model in groupby(judged, key=_model):
            yield ModelGates.from_parent(self, name=printable(name), judged=list(of_model))


def _model(judged: CheckItem) -> str:
    assert judged.cell is not None
    return judged.cell.model


def _items(parent: pytest.Collector, judged: Sequence[CheckItem]) -> Iterator[pytest.Item]:
    for each in judged:
        yield GateItem.from_parent(parent, name=each.gate, judged=each)


class GateItem(pytest.Item):
    """A gate of a claim type of a model under a prompt.

    Parameters
    ----------
    judged
        The gate.
    """

    def __init__(self, *, judged: CheckItem, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.judged = judged
        self.add_marker("harness")

    def setup(self) -> None:
        """Evaluate, once for all gates; what cannot be used is an error, and no failed gate."""
        try:
            _plugin(self).told(self)
        except HarnessError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None

    def runtest(self) -> None:
        """Fail where the gate does; say what is inconclusive by skipping, and warn."""
        told = _plugin(self).told(self)
        self.user_properties += told.properties
        for warning in told.warnings:
            self._warn(warning)
        if told.status == "fail":
            pytest.fail(told.text, pytrace=False)
        if told.status == "inconclusive":
            pytest.skip(told.text)
        if told.status == "warn":
            self._warn(told.text)

    def _warn(self, text: str) -> None:
        """Put a warning into the summary. It is a verdict: no filter may make it an error."""
        message = WarningMessage(GateWarning(text), GateWarning, str(self.path), 1)
        self.config.hook.pytest_warning_recorded.call_historic(
            kwargs={
                "warning_message": message,
                "when": "runtest",
                "nodeid": self.nodeid,
                "location": None,
            }
        )

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the gate is, for people."""
        return self.path, None, self.nodeid


def _plugin(node: pytest.Item | pytest.Collector) -> GatesPlugin:
    found = node.config.pluginmanager.get_plugin("harness-gates")
    assert isinstance(found, GatesPlugin)
    return found


def _gate_items(items: Iterable[pytest.Item]) -> Iterator[GateItem]:
    return (each for each in items if isinstance(each, GateItem))


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
