"""A result, or a comparison, as Markdown for a comment: tables that a pull request can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from harness.evaluate import ALPHA, HEADLINE, OVERALL
from harness.reports.caveats import span
from harness.reports.comparison_text import figure, pairs_of, signed
from harness.reports.markdown_text import code, label, table
from harness.reports.plain import UNDEFINED

if TYPE_CHECKING:
    import pandas as pd

    from harness.reports.stored import StoredResult

__all__ = ["comparison_markdown", "result_markdown"]

_MOST_PAIRS = 10
_MOST_CELLS = 50
_MOST_CLASSES = 8
_DECIDED = ("better", "worse")


def result_markdown(result: StoredResult) -> str:
    """The leaderboard with intervals, what failed, caveats, comparisons and errors.

    Parameters
    ----------
    result
        Read from its folder.
    """
    parts = [
        f"### Claim extraction: {code(result.name)}\n",
        _leaderboard(result),
        _list([*_failures(result), *_unfinished(result.facts), *result.summary.notes]),
        _comparisons(result),
        _errors(result),
        f"<sub>{_explained(result)}</sub>\n",
    ]
    return "\n".join(filter(None, parts))


def _leaderboard(result: StoredResult) -> str:
    cells = result.summary.cells
    types = result.claim_types
    optional = [
        (header, name, form)
        for header, name, form in (
            ("grounded", "grounded", "{:.3f}"),
            ("USD", "cost_usd", "{:.4f}"),
            ("s (median)", "latency_s", "{:.2f}"),
        )
        if any(cell[name] is not None for cell in cells)
    ]
    headers = [
        *("model", "prompt", "rank", "F1", "95% interval", "precision", "recall", "strict F1"),
        *map(label, types),
        *(header for header, _, _ in optional),
        "failed",
    ]
    rows = (
        [
            *(code(cell["model"]), code(cell["prompt"])),
            UNDEFINED if cell["rank"] is None else f"{cell['rank']:.0f}",
            f"**{_score(cell['f1'])}**",
            _interval(cell["f1_low"], cell["f1_high"], "{:.3f}"),
            *(_score(cell[name]) for name in ("precision", "recall", "strict_f1")),
            *(_score(cell[f"{name}_f1"]) for name in types),
            *(_formatted(form, cell[name]) for _, name, form in optional),
            _failed(cell),
        ]
        for cell in cells[:_MOST_CELLS]
    )
    return table(headers, rows, n_left=2)


def _failed(cell: Mapping[str, Any]) -> str:
    of = "" if cell["n_requests"] is None else f" of {cell['n_requests']:.0f}"
    return f"{cell['n_failed_requests']:.0f}{of}"


def _failures(result: StoredResult) -> list[str]:
    """What failed, by reason where it is known."""
    n = sum(cell["n_failed_requests"] or 0 for cell in result.summary.cells)
    if not n:
        return []
    counted = result.facts.get("failures")
    reasons = counted if isinstance(counted, dict) else {}
    named = ", ".join(f"{code(str(reason))} {code(str(m))}" for reason, m in reasons.items())
    said = f" ({named})" if named else ""
    verb = "request failed" if n == 1 else "requests failed"
    return [f"{n:.0f} {verb}{said}; what they were to find counts as missed."]


def _unfinished(facts: Mapping[str, Any]) -> list[str]:
    notes = []
    for name, noun, one, many, what in (
        ("n_not_asked", "request", "was", "were", "not asked"),
        ("n_in_batches", "request", "is", "are", "in open batches"),
        ("n_articles_without_gold", "article", "is", "are", "without gold, and left out"),
    ):
        n = facts.get(name)
        if isinstance(n, int) and n > 0:
            notes.append(f"{span([n], noun)} {one if n == 1 else many} {what}.")
    if facts.get("interrupted") is True:
        notes.append("The run was interrupted.")
    stopped = facts.get("stopped")
    if isinstance(stopped, dict):
        notes += [f"Stopped: {code(str(reason), 300)}" for reason in stopped.values()]
    if facts.get("journal_error"):
        notes.append(f"Stopped: {code(str(facts['journal_error']), 300)}")
    return notes


def _comparisons(result: StoredResult) -> str:
    table_ = result.comparisons
    pairs = pairs_of(table_[table_["level"] == HEADLINE].to_dict("records"))
    if not pairs:
        return ""
    n_all = len(pairs)
    if n_all > _MOST_PAIRS:
        best = result.summary.cells[0]
        pairs = [each for each in pairs if _has(each[0], best)][:_MOST_CELLS]
    text = _pairs_table(pairs)
    if len(pairs) < n_all:
        text += (
            f"\nOf {n_all} pairs of cells, those with the first; all stand in comparisons.csv.\n"
        )
    return text


def _has(row: Mapping[str, Any], cell: Mapping[str, Any]) -> bool:
    return (cell["model"], cell["prompt"]) in (
        (row["model_a"], row["prompt_a"]),
        (row["model_b"], row["prompt_b"]),
    )


def comparison_markdown(frame: pd.DataFrame, notes: Iterable[str] = ()) -> str:
    """A comparison as a table.

    Parameters
    ----------
    frame
        As `harness.reports.compare.comparison_table` makes it.
    notes
        What was left out; sentences.
    """
    pairs = pairs_of(frame[frame["level"] == HEADLINE].to_dict("records"))
    parts = [_pairs_table(pairs, every_type=True), _list([code(each, 300) for each in notes])]
    parts.append(f"<sub>{_COMPARED}</sub>\n")
    return "\n".join(filter(None, parts))


_COMPARED = (
    "Lenient micro F1 on the articles that both have; B−A with its 95% interval; p is adjusted "
    f"for all comparisons (Holm), and B is called better or worse where it is below {ALPHA}."
)


def _pairs_table(pairs: Sequence[Sequence[Mapping[str, Any]]], *, every_type: bool = False) -> str:
    headers = ["A", "B", "claim type", "F1 A", "F1 B", "B−A", "95% interval", "p", "B is"]
    rows = [
        [
            *(_cell(row, "a"), _cell(row, "b"), label(row["claim_type"])),
            *(figure(row["f1_a"]), figure(row["f1_b"]), signed(row["f1_difference"])),
            _interval(_known(row["f1_low"]), _known(row["f1_high"]), "{:+.3f}"),
            figure(row["p_holm"]),
            f"**{row['verdict']}**" if row["verdict"] in _DECIDED else row["verdict"] or UNDEFINED,
        ]
        for pair in pairs
        for row in pair
        if every_type or row["claim_type"] == OVERALL or row["verdict"] in _DECIDED
    ]
    return table(headers, rows, n_left=3)


def _cell(row: Mapping[str, Any], side: str) -> str:
    names = f"{code(row[f'model_{side}'])} {code(row[f'prompt_{side}'])}"
    if row.get("run_a") != row.get("run_b"):
        names += f" {code(row[f'run_{side}'])}"
    return names


def _errors(result: StoredResult) -> str:
    errors = result.summary.errors
    classes, worst = errors.classes(), errors.worst()
    if not classes:
        return ""
    types = result.claim_types
    counted = table(
        ["most common errors", *map(label, types), "all"],
        (
            [label(each.name), *(str(each.by_type.get(name, 0)) for name in types), str(each.n)]
            for each in classes[:_MOST_CLASSES]
        ),
    )
    articles = table(
        ["worst articles, all cells together", "mostly", "F1", "errors"],
        (
            [
                code(each.article_id),
                ", ".join(
                    f"{label(name)} {label(kind)} {n}" for (name, kind), n in each.errors[:3]
                ),
                *(f"{each.f1:.3f}", str(each.n_errors)),
            ]
            for each in worst
        ),
        n_left=2,
    )
    summary = "<details><summary>Most common errors, worst articles</summary>"
    return f"{summary}\n\n{counted}\n{articles}\n</details>\n"


def _explained(result: StoredResult) -> str:
    cells = result.summary.cells
    articles = span([cell["n_articles"] for cell in cells], "article")
    gold = span([cell["n_gold"] for cell in cells], "gold claim")
    hidden = len(cells) - _MOST_CELLS
    more = f" {hidden} more cells stand in leaderboard.csv." if hidden > 0 else ""
    return (
        f"{articles}, {gold}. Lenient micro figures, overall the mean of the claim types'; rank is "
        "one more than the number of cells that are significantly better; errors are false "
        f"positives and false negatives over all cells; {UNDEFINED} is undefined.{more}"
        f"{'' if result.comparisons.empty else f' {_COMPARED}'}"
    )


def _list(notes: Sequence[str]) -> str:
    return "".join(f"- {note}\n" for note in notes)


def _interval(low: float | None, high: float | None, form: str) -> str:
    if low is None or high is None:
        return UNDEFINED
    return f"{form.format(low)} to {form.format(high)}"


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _score(value: float | None) -> str:
    return _formatted("{:.3f}", value)


def _formatted(form: str, value: float | None) -> str:
    return UNDEFINED if value is None else form.format(value)
