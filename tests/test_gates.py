"""Gates as people write them in settings."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.evaluate import OVERALL
from harness.gates import GATES, GateSettings, GateValues, exact
from harness.regression.verdicts import JUDGES
from harness.settings import load_settings


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("HARNESS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def gates(toml: str, name: str = "harness.toml") -> GateSettings:
    Path(name).write_text(toml, encoding="utf-8")
    return load_settings().gates


def test_defaults_are_two_limits_on_a_drop() -> None:
    settings = GateSettings()
    assert settings.of("m", "p", OVERALL).limits == {"max_drop": 0.02}
    by_type = settings.of("m", "p", "quotes")
    assert by_type.limits == {"max_drop": 0.05}
    assert (by_type.significant, by_type.alpha, by_type.level) == (False, 0.05, "lenient")


def test_what_is_said_for_all_holds_for_each_claim_type_too() -> None:
    settings = gates("[gates]\nmin_f1 = 0.6\nmax_drop = 0.03\nmax_failed = 0.1\nmax_cost = 2\n")
    overall = {"min_f1": 0.6, "max_drop": 0.03, "max_failed": 0.1, "max_cost": 2}
    assert settings.of("m", "p", OVERALL).limits == overall
    # Failures and cost are those of the cell.
    assert settings.of("m", "p", "quotes").limits == {"min_f1": 0.6, "max_drop": 0.03}


def test_a_later_override_beats_an_earlier_one() -> None:
    settings = gates(
        "[gates]\nmin_f1 = 0.5\n"
        '[[gates.override]]\nmodel = "a"\nmin_f1 = 0.6\nmin_recall = 0.1\n'
        '[[gates.override]]\nprompt = "p"\nclaim_type = "quotes"\nmin_f1 = 0.7\nlevel = "strict"\n'
        '[[gates.override]]\nmodel = "a"\nclaim_type = "quotes"\nmin_f1 = false\n'
    )
    assert settings.of("b", "q", "quotes").limits["min_f1"] == 0.5
    assert settings.of("a", "q", "dates").limits["min_f1"] == 0.6
    found = settings.of("b", "p", "quotes")
    assert (found.limits["min_f1"], found.level) == (0.7, "strict")
    found = settings.of("a", "p", "quotes")
    assert "min_f1" not in found.limits
    assert (found.limits["min_recall"], found.level) == (0.1, "strict")


def test_a_share_of_a_claim_type_is_judged_where_an_override_names_the_type() -> None:
    settings = gates(
        '[gates]\nmax_failed = 0.1\n[[gates.override]]\nclaim_type = "quotes"\nmax_copied = 0\n'
    )
    assert "max_copied" in settings.of("m", "p", "quotes").limits
    assert "max_failed" not in settings.of("m", "p", "quotes").limits
    assert "max_copied" not in settings.of("m", "p", OVERALL).limits
    assert settings.demands("max_copied", "max_ungrounded")
    assert not settings.demands("max_ungrounded")


def test_false_does_without_a_default_gate() -> None:
    assert gates("[gates]\nmax_drop = false\n").of("m", "p", OVERALL).names == ()


def test_gates_stand_in_pyproject_and_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_GATES__MIN_F1", "0.9")
    settings = gates("[tool.harness.gates]\nmin_f1 = 0.1\nmin_recall = 0.2\n", "pyproject.toml")
    assert settings.of("m", "p", OVERALL).limits == {
        "min_recall": 0.2,
        "min_f1": 0.9,
        "max_drop": 0.02,
    }


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        gates(
            "[gates]\nmax_dorp = 0.1\nmin_f1 = 1.5\nmin_recall = true\nlevel = 'content'\n"
            "no_lost = ['quotes']\n"
            "[[gates.override]]\nmin_f1 = 0.1\n"
            "[[gates.override]]\nmodel = 'm'\n"
            "[[gates.override]]\nclaim_type = 'quotes'\nmax_cost = 1\n"
            "[[gates.override]]\nmodle = 'm'\n"
        )
    said = {problem.where: problem.what for problem in caught.value.problems}
    assert said.keys() == {
        f"harness.toml: gates.{name}"
        for name in (
            *("max_dorp", "min_f1", "min_recall", "level", "no_lost.0"),
            *("override.0", "override.1", "override.2", "override.3.modle"),
        )
    }
    unknown = said["harness.toml: gates.max_dorp"]
    assert all(name in unknown for name in GATES)
    assert "there are" in unknown
    assert "prompt" in said["harness.toml: gates.override.3.modle"]
    assert "false to do without" in said["harness.toml: gates.min_recall"]
    assert "tag:NAME" in said["harness.toml: gates.no_lost.0"]


def test_a_limit_is_what_was_written() -> None:
    assert exact(0.1) == Fraction(1, 10)
    assert exact(1e-9) == Fraction(1, 10**9)


def test_every_gate_is_a_setting_and_has_a_judge() -> None:
    options = {"significant", "alpha", "level"}
    assert set(GateValues.model_fields) == GATES.keys() | options
    assert JUDGES.keys() == GATES.keys()
