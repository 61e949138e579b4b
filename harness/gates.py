"""Gates: what a person demands of a model and a prompt before a change is merged.

They stand in ``[tool.harness.gates]`` (``[gates]`` in ``harness.toml``). What stands there holds
for every cell, overall and for each claim type; ``[[gates.override]]`` says otherwise for some.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from harness.errors import Problem

__all__ = ["GATES", "GateLevel", "GateName", "GateSettings", "GateValues", "Gates", "exact"]

GateName: TypeAlias = Literal[
    "min_precision",
    "min_recall",
    "min_f1",
    "max_drop",
    "max_failed",
    "max_ungrounded",
    "max_copied",
    "max_cost",
    "no_lost",
]
GateLevel: TypeAlias = Literal["lenient", "strict"]
"""The level at which claims count as found."""

GATES: Mapping[GateName, Literal["each", "named", "overall"]] = {
    "min_precision": "each",
    "min_recall": "each",
    "min_f1": "each",
    "max_drop": "each",
    "max_failed": "named",
    "max_ungrounded": "named",
    "max_copied": "named",
    "max_cost": "overall",
    "no_lost": "named",
}
"""Where each gate holds besides overall: for each claim type; for those that an override names; or
nowhere."""

_OVERALL = "overall"
_DROP_OVERALL = 0.02
_DROP_OF_A_TYPE = 0.05
_SELECTORS = ("model", "prompt", "claim_type")
_CLAIM = re.compile(r"tag:.+|.+:[^:]+:[0-9a-f]{8}", re.DOTALL)


def _or_false(value: object, check: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401
    if value is True:
        raise ValueError("write a number, or false to do without this gate")
    return False if value is False else check(value)


def _claim_or_tag(value: object) -> object:
    if isinstance(value, str) and not _CLAIM.fullmatch(value):
        raise ValueError(
            f"{value!r} is neither the id of a claim (article:quotes:1a2b3c4d, as `harness check` "
            "shows it) nor tag:NAME"
        )
    return value


_Share: TypeAlias = Annotated[float, Field(ge=0, le=1), WrapValidator(_or_false)]
_Usd: TypeAlias = Annotated[float, Field(ge=0), WrapValidator(_or_false)]


class GateValues(BaseModel):
    """What is demanded. What is left out is not said; false does without a gate.

    Parameters
    ----------
    min_precision, min_recall, min_f1
        The least that a score may be.
    max_drop
        How much lower than the baseline's F1 may be. By default 0.02 overall and 0.05 for a claim
        type.
    max_failed
        The share of requests that may fail.
    max_ungrounded, max_copied
        The share of verbatim values that may be nowhere in the article, and of those that stand
        in the prompt's own examples instead.
    max_cost
        US dollars that the replies of a cell may have cost.
    no_lost
        Ids of gold claims that have to be found; ``tag:NAME`` is every claim of the articles with
        that tag that the baseline finds.
    significant
        Whether a drop fails only where it is also significant.
    alpha
        Below which p is significant.
    level
        At which claims count as found.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    min_precision: _Share | None = None
    min_recall: _Share | None = None
    min_f1: _Share | None = None
    max_drop: _Share | None = None
    max_failed: _Share | None = None
    max_ungrounded: _Share | None = None
    max_copied: _Share | None = None
    max_cost: _Usd | None = None
    no_lost: list[Annotated[str, BeforeValidator(_claim_or_tag)]] | None = None
    significant: bool | None = None
    alpha: Annotated[float, Field(gt=0, lt=1)] | None = None
    level: GateLevel | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What is said, by name."""
        named = {name: getattr(self, name) for name in GateValues.model_fields}
        return {name: value for name, value in named.items() if value is not None}


class GateOverride(GateValues):
    """What is demanded of the cells and claim types that it names, by their exact names.

    Parameters
    ----------
    model, prompt, claim_type
        What it is for; one that is left out is any. The claim type may be ``overall``.
    """

    model: str | None = None
    prompt: str | None = None
    claim_type: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> GateOverride:
        if all(getattr(self, name) is None for name in _SELECTORS):
            raise ValueError("names no model, prompt or claim_type to override for")
        if not self.said:
            raise ValueError("names no gate")
        if self.max_cost is not None and self.claim_type not in (None, _OVERALL):
            raise ValueError("max_cost is that of a cell: a claim type has none of its own")
        return self

    def is_for(self, model: str, prompt: str, claim_type: str) -> bool:
        """Whether it names all of these."""
        given = (model, prompt, claim_type)
        named = (self.model, self.prompt, self.claim_type)
        return all(name in (None, value) for name, value in zip(named, given, strict=True))


@dataclass(frozen=True, slots=True)
class Gates:
    """What is demanded of one claim type (or overall) of one cell.

    Parameters
    ----------
    limits
        The gates that hold and their limits, in the order of `GATES`.
    no_lost
        Claims and tags that may not be lost.
    """

    limits: Mapping[GateName, float]
    no_lost: tuple[str, ...] = ()
    significant: bool = False
    alpha: float = 0.05
    level: GateLevel = "lenient"

    @property
    def names(self) -> tuple[GateName, ...]:
        """The gates that hold."""
        return (*self.limits, *(("no_lost",) if self.no_lost else ()))


class GateSettings(GateValues):
    """The table ``gates`` of the settings.

    Parameters
    ----------
    override
        What is demanded of some models, prompts and claim types; a later one beats an earlier.
    """

    override: list[GateOverride] = Field(default_factory=list)

    def of(self, model: str, prompt: str, claim_type: str) -> Gates:
        """What is demanded of a claim type of a cell.

        Parameters
        ----------
        claim_type
            May be ``overall``.
        """
        default = _DROP_OVERALL if claim_type == _OVERALL else _DROP_OF_A_TYPE
        values: dict[str, Any] = {"max_drop": default, **self.said}
        of_type: set[str] = set()
        for override in self.override:
            if override.is_for(model, prompt, claim_type):
                values |= override.said
                if override.claim_type is not None:
                    of_type |= override.said.keys()
        held = [
            name
            for name, where in GATES.items()
            if claim_type == _OVERALL or where == "each" or (where == "named" and name in of_type)
        ]
        return Gates(
            {
                name: values[name]
                for name in held
                if name != "no_lost" and values.get(name, False) is not False
            },
            tuple(dict.fromkeys(values.get("no_lost", ()))) if "no_lost" in held else (),
            values.get("significant", False),
            values.get("alpha", 0.05),
            values.get("level", "lenient"),
        )

    def demands(self, *names: GateName) -> bool:
        """Whether any of these gates is set anywhere."""
        tables: Sequence[GateValues] = (self, *self.override)
        return any(each.said.get(name, False) is not False for each in tables for name in names)

    def unmatched(
        self, models: Collection[str], prompts: Collection[str], claim_types: Collection[str]
    ) -> list[Problem]:
        """The selectors that name nothing that there is: most likely they are misspelt."""
        known = (models, prompts, (_OVERALL, *claim_types))
        return [
            Problem(
                f"gates.override[{number}].{selector}",
                f"there is no {selector.replace('_', ' ')} {name!r}; there are "
                f"{', '.join(sorted(names)) or 'none'}",
            )
            for number, override in enumerate(self.override)
            for selector, names in zip(_SELECTORS, known, strict=True)
            if (name := getattr(override, selector)) is not None and name not in names
        ]


def exact(limit: float) -> Fraction:
    """A limit as it was written: 0.02 is two hundredths.

    Examples
    --------
    >>> exact(0.02)
    Fraction(1, 50)
    """
    return Fraction(repr(limit))
