"""Every error that the harness raises on purpose.

The tree::

    HarnessError
    ├── InputError                what a person wrote or asked for is wrong (exit code 2)
    │   ├── ConfigurationError    settings, flags, environment, missing extras
    │   ├── SchemaError           a claim schema that cannot be compared
    │   ├── CorpusError           articles
    │   ├── GoldError             gold files
    │   ├── PromptError           prompt files
    │   ├── PredictionsError      predictions made elsewhere
    │   └── RunError              a run that was asked for and is not there
    ├── JournalError              the record of replies cannot be read or written
    └── ProviderError             a model cannot be asked at all
        ├── BatchLost             an open batch that its server does not know
        └── CellStopped           a model refused in a way that asking again cannot mend
            └── BudgetSpent       the next request would pass what the run may cost

A request that fails alone is no exception but a `harness.records.Failure`, because it is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "BatchLost",
    "BudgetSpent",
    "CellStopped",
    "ConfigurationError",
    "CorpusError",
    "GoldError",
    "HarnessError",
    "InputError",
    "JournalError",
    "PredictionsError",
    "Problem",
    "PromptError",
    "ProviderError",
    "RunError",
    "SchemaError",
]


class HarnessError(Exception):
    """The root: catch it to catch every error that the harness raises on purpose."""

    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    Parameters
    ----------
    where
        File, line and field, as far as they are known, e.g. ``gold/a.json: quotes[2].text``.
    what
        What is wrong and what to do about it, in a sentence.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class InputError(HarnessError):
    """Something that a person wrote is wrong. All its problems are reported at once.

    Parameters
    ----------
    problems
        One message, or every `Problem` that was found.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: str | Sequence[Problem]) -> None:
        if isinstance(problems, str):
            problems = [Problem("", problems)]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigurationError(InputError):
    """Settings, flags, environment or an extra that is not installed."""


class SchemaError(InputError):
    """A claim schema that cannot be loaded or compared."""


class CorpusError(InputError):
    """Articles that cannot be used."""


class GoldError(InputError):
    """Gold files that cannot be used."""


class PromptError(InputError):
    """Prompt files that cannot be used."""


class PredictionsError(InputError):
    """Predictions made elsewhere that cannot be used."""


class RunError(InputError):
    """A run that was asked for is not there or cannot be read."""


class JournalError(HarnessError):
    """The record of replies cannot be read or written."""


class ProviderError(HarnessError):
    """A model cannot be asked at all."""


class BatchLost(ProviderError):  # noqa: N818 - says what happened to a batch
    """An open batch is not known to the server that is asked for it."""


class CellStopped(ProviderError):  # noqa: N818 - says what happened to a cell
    """The provider refused in a way that asking again cannot mend (no key, no such model)."""


class BudgetSpent(CellStopped):
    """The next request would pass what the run may cost."""
