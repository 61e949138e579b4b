"""``harness explain``: gold and predictions of one article side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.claims import ClaimSchema
from harness.cli.folders import run_folder
from harness.cli.output import console, notice, print_json
from harness.errors import HarnessError, InputError, Problem, RunError
from harness.evaluate import gold_hash
from harness.prompts import load_prompts
from harness.records import Article, Cell, Failure, Gold, InvalidItem, Prediction
from harness.scoring import Source, TypeResult, count_article
from harness.scoring.ground import ArticleText, PromptText
from harness.workspace import Workspace, articles_if_any, open_workspace

__all__ = ["explain_article"]

_FILE = "claims.csv"
_NEEDED = frozenset(
    {
        *("model", "prompt", "article_id", "repeat", "claim_type", "side", "number"),
        *("error_class", "error_detail", "reason", "claim"),
    }
)


def explain_article(
    run: str,
    article_id: str,
    claim_type: str,
    config: Path | None,
    flags: Mapping[str, Any],
    *,
    model: str | None,
    prompt: str | None,
    as_json: bool,
) -> int:
    """Show what became of the claims of one article in a run; the exit code."""
    workspace = open_workspace(config, flags)
    schema = workspace.schema
    if claim_type not in schema.types:
        raise InputError(f"there is no claim type {claim_type!r}; there are {_list(schema.types)}")
    folder = run_folder(run, workspace.settings.results)
    rows = _rows(folder, article_id, claim_type)
    gold = workspace.gold()
    if article_id not in gold or claim_type not in gold[article_id].claims:
        raise InputError(
            f"{workspace.settings.gold}: {claim_type} of {article_id} are not labelled"
        )
    _warn_of_other_gold(folder, gold[article_id], schema)
    from harness.reports.explanation import explanation_json, explanation_text  # noqa: PLC0415

    found = []
    article = articles_if_any(workspace, flags).get(article_id)
    for cell, repeat in _chosen(rows, model, prompt):
        own = [row for row in rows if _cell_of(row) == cell and row["repeat"] == repeat]
        source = _source(workspace, article, cell.prompt) if article else None
        prediction = _prediction(own, article_id, claim_type, schema)
        (result,) = count_article(schema, gold[article_id], prediction, [claim_type], source)
        found.append((cell, repeat, result))
    _show(found, explanation_json, explanation_text, as_json=as_json)
    return 0


def _show(
    found: list[tuple[Cell, int, TypeResult]],
    as_data: Any,  # noqa: ANN401 - imported where it is called
    as_text: Any,  # noqa: ANN401
    *,
    as_json: bool,
) -> None:
    if as_json:
        print_json(
            [
                {"model": cell.model, "prompt": cell.prompt, "repeat": repeat, **as_data(result)}
                for cell, repeat, result in found
            ]
        )
        return
    screen = console()
    for cell, repeat, result in found:
        n_repeats = len({other for its_cell, other, _ in found if its_cell == cell})
        screen.print(as_text(cell, repeat if n_repeats > 1 else None, result, screen.width))


def _rows(folder: Path, article_id: str, claim_type: str) -> list[dict[str, Any]]:
    from harness.reports.csv_text import read_csv  # noqa: PLC0415 - imports pandas

    path = folder / _FILE
    try:
        frame = read_csv(path)
    except FileNotFoundError as error:
        raise RunError(f"{folder} is no result folder: it has no {_FILE}") from error
    except (OSError, ValueError) as error:
        raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
    if missing := _NEEDED - set(frame.columns):
        what = f"has no column {', '.join(sorted(missing))}: it was not written by this version"
        raise RunError([Problem(str(path), what)])
    of_article = frame[frame["article_id"] == article_id]
    if of_article.empty:
        known = sorted(set(frame["article_id"]))
        raise InputError(f"{path}: has no claim of article {article_id!r}; it has {_list(known)}")
    rows: list[dict[str, Any]] = of_article[of_article["claim_type"] == claim_type].to_dict(
        "records"
    )
    if not rows:
        raise InputError(f"{path}: article {article_id!r} has no {claim_type}, gold or predicted")
    return rows


def _chosen(
    rows: list[dict[str, Any]], model: str | None, prompt: str | None
) -> list[tuple[Cell, int]]:
    """The cells and repeats that are asked for, in the order of the file."""
    known = dict.fromkeys((_cell_of(row), int(row["repeat"])) for row in rows)
    chosen = [
        (cell, repeat)
        for cell, repeat in known
        if model in (None, cell.model) and prompt in (None, cell.prompt)
    ]
    if not chosen:
        cells = _list(dict.fromkeys(f"{cell.model} {cell.prompt}" for cell, _ in known))
        wanted = " ".join(filter(None, (model, prompt)))
        raise InputError(f"no cell is {wanted!r}; there are {cells}")
    return chosen


def _cell_of(row: Mapping[str, Any]) -> Cell:
    return Cell(row["model"], row["prompt"])


def _prediction(
    rows: list[dict[str, Any]], article_id: str, claim_type: str, schema: ClaimSchema
) -> Prediction:
    claims, invalid = [], []
    for row in sorted(rows, key=lambda each: int(each["number"])):
        if row["side"] == "predicted":
            values = json.loads(row["claim"])
            if row["error_class"] == "invalid_item":
                invalid.append(InvalidItem(claim_type, row["error_detail"], values))
            else:
                claims.append(values)
    reason = next((row["reason"] for row in rows if row["reason"]), None)
    failures = {} if reason is None else {claim_type: Failure(reason, "")}
    return Prediction(
        article_id, {claim_type: claims}, failures=failures, invalid_items=tuple(invalid)
    )


def _source(workspace: Workspace, article: Article, prompt: str) -> Source:
    try:
        prompts = load_prompts(workspace.settings.prompts, workspace.schema, [prompt])
    except HarnessError:  # a prompt that is gone, or claims made elsewhere
        return Source(ArticleText(article.text))
    return Source(ArticleText(article.text), PromptText("\n\n".join(prompts[0].own_texts)))


def _warn_of_other_gold(folder: Path, gold: Gold, schema: ClaimSchema) -> None:
    from harness.reports.compare import load_result  # noqa: PLC0415 - imports pandas

    if load_result(folder).gold.get(gold.article_id) != gold_hash(gold, schema):
        notice("warning: the gold has changed since; this is how it is scored now")


def _list(names: Any) -> str:  # noqa: ANN401 - any names
    names = list(names)
    return ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
