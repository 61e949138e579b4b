"""Scores as tables for a terminal. Names come from outside and are never read as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.evaluate import ALL, ALPHA, HEADLINE, OVERALL, CellEvaluation, Evaluation
from harness.records import Cell, CellUsage
from harness.reports.leaderboard import (
    leaderboard_order,
    n_failed_requests,
    score_or_undefined,
)
from harness.reports.plain import printable
from harness.scoring.stats import MIN_STORIES, smallest_p

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UNDEFINED", "comparison_text", "leaderboard_text", "what_can_be_told"]

UNDEFINED = "–"
_ONE_OF = {"articles": "article", "stories": "story"}
_SCORE_WIDTH = 5
_F1_HEADER = "F1     "  # as wide as its interval
_NAMES_WIDTH = 20


def leaderboard_text(
    evaluation: Evaluation, usage: Mapping[Cell, CellUsage], width: int = 80
) -> Table:
    """The leaderboard: a line for each cell, best first.

    Parameters
    ----------
    evaluation
        What to show.
    usage
        What the requests of each cell took; cells may be missing.
    width
        Columns of the terminal. Claim types that have no room are left out, and the caption
        says so.
    """
    cells = leaderboard_order(evaluation)
    scored = [
        name
        for name in evaluation.schema.types
        if any(cell.score_of(name) is not None for cell in cells)
    ]
    models = [printable(cell.cell.model) for cell in cells]
    prompts = [printable(cell.cell.prompt) for cell in cells]
    natural = _widest(["model", *models]) + 1 + _widest(["prompt", *prompts])
    fixed = [_F1_HEADER, "P", "R", "strict", "fail"]
    shown, headers = _type_headers(scored, fixed, width, natural)
    room = width - _numbers_width([*fixed, *headers])
    table = _table(_caption(evaluation, cells, hidden=len(scored) - len(shown)))
    for title, names in _share(room, {"model": models, "prompt": prompts}):
        table.add_column(title, overflow="fold", max_width=names)
    for header in (*fixed[:4], *headers, fixed[4]):
        _add_number_column(table, header)
    for cell, model, prompt in zip(cells, models, prompts, strict=True):
        table.add_row(
            Text(model),
            Text(prompt),
            *(Text(value) for value in _leaderboard_values(cell, shown)),
            Text(str(n_failed_requests(cell, usage.get(cell.cell)))),
        )
    return table


def _leaderboard_values(cell: CellEvaluation, claim_types: Sequence[str]) -> list[str]:
    lenient, strict = score_or_undefined(cell, OVERALL), cell.score_of(OVERALL, "strict")
    assert strict is not None
    values = [lenient.precision, lenient.recall, strict.micro.f1]
    values += [score_or_undefined(cell, claim_type).f1 for claim_type in claim_types]
    f1 = "\n".join(filter(None, (_score(lenient.f1), _interval(cell))))
    return [f1, *(_score(value) for value in values)]


def _interval(cell: CellEvaluation) -> str:
    interval = cell.interval_of(OVERALL)
    if isnan(interval.low.f1):
        return ""
    return f"{_short(interval.low.f1)}-{_short(interval.high.f1)}"


def _short(value: float) -> str:
    """Two digits are all that an interval is worth."""
    text = f"{value:.2f}"
    return "1.0" if text == "1.00" else text.removeprefix("0")


def _caption(evaluation: Evaluation, cells: Sequence[CellEvaluation], hidden: int) -> Text:
    rows = [row for cell in cells if (row := cell.score_of(OVERALL)) is not None]
    lines = [
        f"{_span([row.n_articles for row in rows], 'article')}, "
        f"{_span([row.counts.n_gold for row in rows], 'gold claim')}. "
        "Figures are lenient micro F1 (P precision, R recall), overall the mean of the claim "
        f"types', with its 95% interval; strict is strict F1; {UNDEFINED} is undefined (nothing to "
        "divide by)."
    ]
    if len({row.n_types for row in rows}) > 1:
        lines.append("Not all are scored on the same claim types: their overall figures differ.")
    if hidden:
        lines.append(f"{hidden} more claim types stand in leaderboard.csv.")
    lines += what_can_be_told(evaluation)
    return Text(" ".join(lines))


def what_can_be_told(evaluation: Evaluation) -> list[str]:
    """Say what the figures rest on, and what so few articles cannot tell; sentences.

    Parameters
    ----------
    evaluation
        Its cells and their comparisons.
    """
    units = {
        (interval.n_units, interval.unit)
        for cell in evaluation.cells
        if (interval := cell.intervals.get((ALL, OVERALL, HEADLINE))) is not None
    }
    if len({cell.vectors.article_ids for cell in evaluation.cells}) > 1:
        return ["Not all are scored on the same articles: their order says little."]
    if len(units) != 1:
        return []
    ((n_units, unit),) = units
    if n_units < 2:
        what = f"One {_ONE_OF[unit]} says" if n_units else "No gold says"
        return [f"{what} nothing of how figures vary: there are no intervals."]
    if len(evaluation.cells) > 1:
        family = [row.p.f1 for row in evaluation.comparisons if row.level == HEADLINE]
        return _too_few(n_units, unit, family, evaluation.signature.resampling.n_resamples)
    if n_units < MIN_STORIES:
        return [f"{n_units} {unit} are few: the interval may be too narrow."]
    return []


def _too_few(
    n_units: int, unit: str, family: Sequence[float], n_resamples: int = 10_000
) -> list[str]:
    """Say that so few units allow no p that is small enough, where that is so."""
    n_tests = sum(not isnan(p) for p in family)
    smallest = smallest_p(n_units, n_resamples)
    if n_tests * smallest < ALPHA:
        return []
    return [
        f"With {n_units} {unit} no difference between cells can be significant, however large: p "
        f"is at least {smallest:.2g}, and {_span([n_tests], 'comparison')} are made."
    ]


def _type_headers(
    scored: Sequence[str], fixed: Sequence[str], width: int, natural: int
) -> tuple[list[str], list[str]]:
    """The claim types that have room, and their headers: whole names, or their beginnings."""
    names = [printable(name) for name in scored]
    if natural + _numbers_width([*fixed, *names]) <= width:
        return list(scored), names
    headers = _beginnings(names)
    n = len(headers)
    while n and min(natural, _NAMES_WIDTH) + _numbers_width([*fixed, *headers[:n]]) > width:
        n -= 1
    return list(scored[:n]), headers[:n]


def _beginnings(names: Sequence[str]) -> list[str]:
    """The first letters of each name, as many as tell them apart."""
    length, longest = _SCORE_WIDTH, max(map(len, names), default=0)
    while length < longest and len({name[:length] for name in names}) < len(names):
        length += 1
    return [name[:length] for name in names]


def _share(room: int, names: Mapping[str, Sequence[str]]) -> list[tuple[str, int]]:
    """Share columns between two columns of names: each gets half, or what the other leaves."""
    widths = {title: _widest([title, *values]) for title, values in names.items()}
    (first, first_width), (second, second_width) = widths.items()
    room = max(room - 1, len(first) + len(second))
    half = room // 2
    return [
        (first, min(first_width, max(half, room - second_width))),
        (second, min(second_width, max(room - half, room - first_width))),
    ]


def comparison_text(table: pd.DataFrame, width: int = 80) -> RenderableType:
    """Comparisons: for each pair of cells a table of the lenient figures, overall first.

    Parameters
    ----------
    table
        As `harness.reports.compare.comparison_table` makes it.
    width
        Columns of the terminal.
    """
    pairs: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in table[table["level"] == "lenient"].to_dict("records"):
        names = tuple(str(row[key]) for key in ("model_a", "prompt_a", "model_b", "prompt_b"))
        pairs.setdefault(names, []).append(row)
    family = [row["f1_p"] for rows in pairs.values() for row in rows]
    parts: list[RenderableType] = []
    for names, rows in pairs.items():
        parts += ["", _comparison(names, rows, family, width)]
    return Group(*parts[1:])


def _comparison(
    names: tuple[str, ...], rows: list[dict[str, Any]], family: Sequence[float], width: int
) -> Table:
    model_a, prompt_a, model_b, prompt_b = map(printable, names)
    rows = sorted(rows, key=lambda row: row["claim_type"] != OVERALL)
    (whole,) = (row for row in rows if row["claim_type"] == OVERALL)
    told = _too_few(int(whole["n_resampled"]), whole["resampled"], family)
    if whole["detectable"] > 0:
        told.append(
            f"A difference of {whole['detectable']:.3f} overall would be found four times in five."
        )
    table = _table(
        Text(
            f"{_span([row['n_articles'] for row in rows], 'article')} that both have; lenient "
            "micro figures (P precision, R recall); differences are B minus A, that of F1 with its "
            "95% interval; p is adjusted for all comparisons (Holm), and B is called better or "
            f"worse where it is below {ALPHA}; {UNDEFINED} is undefined (nothing to divide by). "
            + " ".join(told)
        )
    )
    table.title = Text(f"A  {model_a} · {prompt_a}\nB  {model_b} · {prompt_b}")
    headers = ["F1 A", "F1 B", "B-A", "95% interval", "p", "P B-A", "R B-A"]
    widths = [6, 6, 6, 14, 5, 6, 6]
    verdict = len("no evidence")
    names_width = max(width - sum(widths) - len(widths) - verdict - 1, 5)
    table.add_column("", overflow="fold", max_width=names_width)
    for header in headers:
        _add_number_column(table, header)
    table.add_column("B is")
    for row in rows:
        table.add_row(Text(printable(row["claim_type"])), *map(Text, _comparison_values(row)))
    return table


def _comparison_values(row: Mapping[str, Any]) -> list[str]:
    limits = [_difference(row[f"f1_{part}"]) for part in ("low", "high")]
    return [
        _score(row["f1_a"]),
        _score(row["f1_b"]),
        _difference(row["f1_difference"]),
        UNDEFINED if isnan(row["f1_low"]) else " ".join(limits),
        UNDEFINED if isnan(row["p_holm"]) else f"{row['p_holm']:.3f}",
        _difference(row["precision_difference"]),
        _difference(row["recall_difference"]),
        row["verdict"] or UNDEFINED,
    ]


def _table(caption: Text) -> Table:
    return Table(
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        caption=caption,
        caption_justify="left",
        title_justify="left",
        title_style="",
    )


def _add_number_column(table: Table, header: str) -> None:
    table.add_column(Text(header), justify="right", no_wrap=True, min_width=_SCORE_WIDTH)


def _numbers_width(headers: Sequence[str]) -> int:
    return sum(max(_SCORE_WIDTH, cell_len(header)) + 1 for header in headers)


def _widest(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts))


def _score(value: float) -> str:
    return UNDEFINED if isnan(value) else f"{value:.3f}"


def _difference(value: float) -> str:
    return UNDEFINED if isnan(value) else f"{value:+.3f}"


def _span(values: Sequence[float], noun: str) -> str:
    """How many of something there are, where it may differ from row to row."""
    low, high = (round(min(values)), round(max(values))) if values else (0, 0)
    plural = noun if low == high == 1 else f"{noun}s"
    return f"{low} {plural}" if low == high else f"{low} to {high} {plural}"
