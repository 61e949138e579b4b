"""A result in which every text from outside is hostile, written to a folder as a run writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from harness.claims import load_schema
from harness.evaluate import Evaluation, Resampling, evaluate
from harness.records import (
    Article,
    Cell,
    CellPredictions,
    CellUsage,
    Failure,
    Gold,
    GoldClaim,
    InvalidItem,
    Prediction,
)
from harness.reports.run_json import run_json
from harness.reports.write import render_reports, write_files

HOSTILE = [
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\uff1d1+1",
    "  \uff0b1",
    "</script><img src=x onerror=alert(1)>",
    "]]><![CDATA[",
    '<!ENTITY x SYSTEM "file:///etc/passwd"> &x; &amp; &#0;',
    "[click](javascript:alert(1))",
    "![x](http://x.example/x.png) <http://x.example>",
    "www.x.example https://x.example me@x.example",
    "a|b|c\\|d\\\\|e|",
    "`` ` ``` code ```` `",
    "@everyone @octocat #1 GH-2 owner/repo#3 :tada:",
    "**bold** _it_ ~~no~~ # head\n\n---\n> quote\n\n| x |\n|---|",
    "<details open><summary>x</summary>",
    "\x1b[31mred\x1b[0m\x1b[2J\x1b[1A",
    "\x1b]8;;http://x.example\x07link\x1b]8;;\x07 \x9b31m \x9d0;title\x9c",
    "[red]markup[/red] [link=http://x.example]l[/link] [/]",
    "\u202eesrever\u202c \u2066isolate\u2069 \u200bzero",
    "nul\x00bell\x07back\x08space\x7f",
    "half \ud83d surrogate \udc80",
    "line\u2028paragraph\u2029next\x85",
    "carriage\r\nreturn\rfeed\n",
    "'=already quoted",
    "x" * 3000,
    "\u6771\u4eac\u30bf\u30ef\u30fc" * 40,
    "e\u0301\u0301\u0301 \U0001f468\u200d\U0001f469\u200d\U0001f467 \ufdd0\uffff",
    "../../etc/passwd; rm -rf $HOME `id` $(id)",
]
"""Texts that some program might run, follow, or break at."""


def hostile_evaluation() -> Evaluation:
    """An article of each text, and cells of which each has two; everything in them is of these."""
    gold, articles = {}, {}
    for number, text in enumerate(HOSTILE):
        gold[text] = Gold(text, {"quotes": (GoldClaim({"text": text, "speaker": text}),)})
        tags = (text.replace(";", ""), "long")
        articles[text] = Article(text, text, story=HOSTILE[number // 2], split=text, tags=tags)
    return evaluate(
        [_cell(number) for number in range(0, len(HOSTILE), 2)],
        gold,
        load_schema(),
        articles,
        resampling=Resampling(n_resamples=99),
    )


def _cell(number: int) -> CellPredictions:
    text = HOSTILE[number]
    cell = Cell(text, HOSTILE[number + 1])
    predictions = []
    for place, article_id in enumerate(HOSTILE):
        said = HOSTILE[(number + place) % len(HOSTILE)]
        if place in (number, number + 1):
            # A reason is one of a closed list; a file may say anything.
            failure = Failure(cast(Any, article_id), article_id)
            predictions.append(Prediction(article_id, {}, failures={"quotes": failure}))
            continue
        invalid = (InvalidItem("quotes", said, {said: said}),)
        claims = {"quotes": ({"text": said, "speaker": article_id},)}
        predictions.append(Prediction(article_id, claims, invalid_items=invalid))
    return CellPredictions(cell, ("quotes",), predictions)


def write_hostile(folder: Path) -> Evaluation:
    """Write the files of such a result."""
    evaluation = hostile_evaluation()
    usage = {cell.cell: CellUsage(len(HOSTILE), 2) for cell in evaluation.cells}
    versions = dict(zip(usage, HOSTILE, strict=False))
    facts = {
        "run": folder.name,
        "failures": dict.fromkeys(HOSTILE, 1),
        "stopped": {text: text for text in HOSTILE},
        "journal_error": HOSTILE[8],
        "finished": HOSTILE[0],
        "models": {text: {"name": text} for text in HOSTILE},
    }
    files = render_reports(evaluation, usage, versions)
    write_files(folder, {**files, "run.json": run_json(facts)})
    return evaluation
