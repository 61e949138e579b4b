"""Scores for a terminal. Names come from outside and are never read as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from harness.reports.caveats import span
from harness.reports.grid import Column, folded, grid_lines, grid_width, shortened, shown_types
from harness.reports.plain import UNDEFINED, printable

if TYPE_CHECKING:
    from harness.reports.error_tally import ErrorTally, WorstArticle
    from harness.reports.summary import Summary

__all__ = ["errors_text", "leaderboard_text", "summary_text"]

_SCORE_WIDTH = 5
_INDENT = 4
_N_ARTICLES = 3
_N_CLASSES = 5
_CLASS_WIDTH = 20
_ARTICLE_WIDTH = 40


def summary_text(summary: Summary, width: int = 80) -> RenderableType:
    """The leaderboard, and below it the worst articles and the most common errors.

    Parameters
    ----------
    summary
        What to show.
    width
        Columns of the terminal.
    """
    return Group(
        leaderboard_text(summary, width), errors_text(summary.errors, summary.claim_types, width)
    )


def leaderboard_text(summary: Summary, width: int = 80) -> RenderableType:
    """The leaderboard, best first.

    A cell has one line where the longest names leave room for the figures, else a line for its
    names and one for its figures.

    Parameters
    ----------
    summary
        Its cells, and what is to be said of them.
    width
        Columns of the terminal. Claim types that have no room are left out, and the caption
        says so.
    """
    cells = summary.cells
    names = [printable(name) for name in summary.claim_types]
    ranks = Column("#", [_count(cell["rank"]) for cell in cells])
    models = Column("model", [printable(cell["model"]) for cell in cells], is_number=False)
    prompts = Column("prompt", [printable(cell["prompt"]) for cell in cells], is_number=False)
    fixed = [ranks, models, prompts, *_overall(cells), _failed(cells)]
    in_one_line = grid_width(fixed) + sum(max(_SCORE_WIDTH, cell_len(each)) + 1 for each in names)
    if in_one_line <= width:
        columns = [*fixed[:-1], *_by_type(cells, summary.claim_types, names), fixed[-1]]
        lines = grid_lines(columns, width)
        n_shown = len(names)
    else:
        room = width - _INDENT - grid_width(fixed[3:])
        n_shown, headers = shown_types(names, room, _SCORE_WIDTH)
        shown = _by_type(cells, summary.claim_types[:n_shown], headers)
        header, *rows = grid_lines([*fixed[3:-1], *shown, fixed[-1]], width, _INDENT)
        lines = [Text("#".rjust(_INDENT - 2), "bold").append("  model · prompt"), header]
        for rank, model, prompt, row in zip(
            ranks.values, models.values, prompts.values, rows, strict=True
        ):
            head = f"{rank:>{_INDENT - 2}}  "
            lines += [*folded(head, f"{model} · {prompt}", width, "bold"), row]
    return Group(*lines, _caption(summary, n_hidden=len(names) - n_shown))


def _overall(cells: Sequence[Mapping[str, Any]]) -> list[Column]:
    return [
        Column("F1", [_score(cell["f1"]) for cell in cells], styles=["bold"] * len(cells)),
        Column("95%", [_interval(cell) for cell in cells]),
        *(
            Column(header, [_score(cell[name]) for cell in cells])
            for header, name in (("P", "precision"), ("R", "recall"), ("strict", "strict_f1"))
        ),
    ]


def _by_type(
    cells: Sequence[Mapping[str, Any]], names: Sequence[str], headers: Sequence[str]
) -> list[Column]:
    return [
        Column(header, [_score(cell[f"{name}_f1"]) for cell in cells])
        for name, header in zip(names, headers, strict=True)
    ]


def _failed(cells: Sequence[Mapping[str, Any]]) -> Column:
    counts = [cell["n_failed_requests"] for cell in cells]
    return Column("fail", list(map(_count, counts)), styles=["red" if n else "" for n in counts])


def _interval(cell: Mapping[str, Any]) -> str:
    if cell["f1_low"] is None or cell["f1_high"] is None:
        return UNDEFINED
    return f"{_short(cell['f1_low'])}-{_short(cell['f1_high'])}"


def _short(value: float) -> str:
    """Two digits are all that an interval is worth."""
    text = f"{value:.2f}"
    return "1.0" if text == "1.00" else text.removeprefix("0")


def _score(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.3f}"


def _count(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.0f}"


def _caption(summary: Summary, n_hidden: int) -> Text:
    articles = span([cell["n_articles"] for cell in summary.cells], "article")
    gold = span([cell["n_gold"] for cell in summary.cells], "gold claim")
    lines = [
        f"{articles}, {gold}. Figures are lenient micro F1 (P precision, R recall), overall the "
        "mean of the claim types', with its 95% interval; strict is strict F1; # is one more than "
        f"the number of cells that are significantly better; {UNDEFINED} is undefined (nothing to "
        "divide by)."
    ]
    if n_hidden:
        lines.append(f"{n_hidden} more claim types stand in leaderboard.csv.")
    return Text(" ".join([*lines, *summary.notes]), "dim")


def errors_text(errors: ErrorTally, claim_types: Sequence[str], width: int = 80) -> RenderableType:
    """The worst articles and the most common errors; nothing where there are none.

    Parameters
    ----------
    errors
        What goes wrong.
    claim_types
        The columns of the errors.
    width
        Columns of the terminal.
    """
    worst = errors.worst(_N_ARTICLES)
    if not worst:
        return Group()
    return Group("", *_worst_lines(worst, width), "", *_class_lines(errors, claim_types, width))


def _worst_lines(worst: Sequence[WorstArticle], width: int) -> list[Text]:
    columns = [
        Column("F1", [_score(each.f1) for each in worst]),
        Column("errors", [str(each.n_errors) for each in worst]),
        Column(
            "worst articles, all cells together",
            [shortened(printable(each.article_id), _ARTICLE_WIDTH) for each in worst],
            is_number=False,
        ),
    ]
    lines = grid_lines(columns, width)
    for line, each in zip(lines[1:], worst, strict=True):
        kinds = [f"{printable(name)} {kind} {n}" for (name, kind), n in each.errors]
        room = width - cell_len(line.plain) - 2
        while kinds and cell_len(", ".join(kinds)) > room:
            kinds.pop()
        line.append("  " + ", ".join(kinds) if kinds else "", "dim")
    return lines


def _class_lines(errors: ErrorTally, claim_types: Sequence[str], width: int) -> list[Text]:
    classes = errors.classes()
    shown, others = classes[:_N_CLASSES], classes[_N_CLASSES:]
    names = [shortened(printable(each.name), _CLASS_WIDTH) for each in shown]
    totals = [each.n for each in shown]
    if others:
        names.append(f"{len(others)} other class{'es' if len(others) > 1 else ''}")
        totals.append(sum(each.n for each in others))
    first = Column("most common errors", names, is_number=False)
    last = Column("all", list(map(str, totals)))
    n_shown, headers = shown_types(
        [printable(name) for name in claim_types],
        width - grid_width([first, last]),
        len(str(max(totals))),
    )
    columns = [
        Column(
            header,
            [
                *(str(each.by_type.get(name, 0)) for each in shown),
                *([str(sum(each.by_type.get(name, 0) for each in others))] if others else []),
            ],
        )
        for name, header in zip(claim_types[:n_shown], headers, strict=True)
    ]
    caption = (
        "Errors are false positives and false negatives at the lenient level, over all cells and "
        "repeats; a claim that is found wrongly can be both."
    )
    return [*grid_lines([first, *columns, last], width), Text(caption, "dim")]
