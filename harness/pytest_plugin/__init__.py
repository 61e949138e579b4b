"""The pytest plugin: gates as tests, and fixtures for tests that people write themselves.

pytest imports this module wherever the package is installed, so it imports pytest and the standard
library alone; the rest of the harness is imported where a gate or a fixture is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.scores import CellScores, RecordedScores

__all__ = ["AssertNoRegression", "ClaimScoresOf", "GateWarning", "harness_folder"]

_MARKER = "harness: a gate on what a model finds under a prompt (--harness)"


class GateWarning(UserWarning):
    """A gate that warns and does not fail. It is shown, whatever the filters for warnings say."""


class ClaimScoresOf(Protocol):
    """What the fixture `claim_scores` is."""

    def __call__(self, model: str, prompt: str | Path) -> CellScores:
        """The scores of a model under a prompt, by its recorded replies."""


class AssertNoRegression(Protocol):
    """What the fixture `assert_no_regression` is."""

    def __call__(
        self,
        model: str,
        prompt: str | Path,
        claim_type: str | None = None,
        *,
        max_drop: float | None = None,
    ) -> None:
        """Fail where F1 is lower than in the baseline by more than `max_drop`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and settings."""
    group = parser.getgroup("harness", "gates on prompts and models")
    group.addoption(
        "--harness",
        action="store_true",
        help="collect the gates of prompts; without paths also those of the prompts folder",
    )
    group.addoption(
        "--harness-live",
        action="store_true",
        help="as --harness, and ask models first for the replies that are missing",
    )
    group.addoption(
        "--harness-dir",
        metavar="DIR",
        help="where the harness's settings are (default: the rootdir)",
    )
    parser.addini("harness", "collect the gates of prompts, as --harness", "bool", default=False)
    parser.addini("harness_dir", "where the harness's settings are, from the rootdir", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and what collects gates where they are wanted."""
    config.addinivalue_line("markers", _MARKER)
    wanted = config.getoption("harness") or config.getoption("harness_live")
    if not (wanted or config.getini("harness")):
        return
    from harness.pytest_plugin.collecting import GatesPlugin  # noqa: PLC0415 - only where wanted

    gates = GatesPlugin(config)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args.extend(gates.paths_to_add())
    config.pluginmanager.register(gates, "harness-gates")


def harness_folder(config: pytest.Config) -> Path:
    """The folder that commands of the harness are run in.

    Raises
    ------
    pytest.UsageError
        If it is not there.
    """
    said = config.getoption("harness_dir")
    here = config.invocation_params.dir if said else config.rootpath
    folder = Path(here, said or config.getini("harness_dir")).resolve()
    if not folder.is_dir():
        raise pytest.UsageError(f"{folder}: there is no such folder (--harness-dir, harness_dir)")
    return folder


@pytest.fixture(scope="session")
def _recorded_scores(pytestconfig: pytest.Config) -> RecordedScores:
    """What the two fixtures have in common, so that articles and gold are read once."""
    from harness.pytest_plugin.scores import RecordedScores  # noqa: PLC0415 - only where used

    return RecordedScores(harness_folder(pytestconfig))


@pytest.fixture(scope="session")
def claim_scores(_recorded_scores: RecordedScores) -> ClaimScoresOf:
    """Scores of a model under a prompt by recorded replies: ``claim_scores(model, prompt)``.

    ``claim_scores("rules/baseline", "guided")["quotes"]["lenient"].f1``; nothing is asked.
    """
    return _recorded_scores.scores


@pytest.fixture(scope="session")
def assert_no_regression(_recorded_scores: RecordedScores) -> AssertNoRegression:
    """Compare with the baseline: ``assert_no_regression(model, prompt, "quotes", max_drop=0)``.

    Without a claim type overall and all claim types are compared; without `max_drop` by the gates
    of the settings. Nothing is asked.
    """
    return _recorded_scores.assert_no_regression


def pytest_report_header(config: pytest.Config) -> Sequence[str]:
    """Say where gates come from."""
    gates = config.pluginmanager.get_plugin("harness-gates")
    return [] if gates is None else [gates.header]
