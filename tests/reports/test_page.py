"""What a page holds: all that there is room for, chosen by errors, and the same however it came."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.claims import ClaimSchema
from harness.evaluate import Evaluation, Resampling, each_of, evaluate
from harness.records import (
    Article,
    Cell,
    CellPredictions,
    CellUsage,
    Claim,
    Gold,
    GoldClaim,
    Prediction,
)
from harness.reports.page import (
    PAGE,
    FailedRequest,
    PageFacts,
    PageGatherer,
    PageLimits,
    page_html,
)
from harness.reports.page.article import STATUSES
from harness.reports.page.document import embedded
from harness.reports.write import ResultFiles, write_claims, write_page

GOOD, BAD = Cell("good/model", "plain"), Cell("=HYPERLINK(1)", "[red]terse[/red]")
FACTS = PageFacts("a run")
_BLOCK = re.compile(r'<script type="application/json" id="data-([\w-]+)">(.*?)</script>')


def actor(name: str) -> Claim:
    return {"name": name, "kind": "person", "role": None, "evidence": None}


def blocks_of(page: str) -> dict[str, Any]:
    """The data of a page by the name of its block."""
    return {name: json.loads(text) for name, text in _BLOCK.findall(page)}


def articles_of(blocks: dict[str, Any]) -> list[str]:
    return [block["id"] for name, block in blocks.items() if name.startswith("article-")]


def test_data_says_its_version_and_holds_the_leaderboard(
    evaluation: Evaluation, usage: dict[Cell, CellUsage]
) -> None:
    blocks = blocks_of("".join(page_html(evaluation, replace(FACTS, usage=usage))))
    overview = blocks["overview"]
    assert overview["version"] == 1
    assert [cell["model"] for cell in overview["cells"]] == [GOOD.model, BAD.model]
    best = overview["cells"][0]
    (own,) = (cell for cell in evaluation.cells if cell.cell == GOOD)
    score, interval = own.score_of("overall"), own.interval_of("overall")
    assert score is not None
    expected = [score.micro.f1, interval.low.f1, interval.high.f1]
    assert best["scores"]["overall"][:3] == pytest.approx(expected, abs=1e-9)
    assert best["usage"]["input_tokens"] == 1200
    assert overview["cells"][1]["n_invalid"] == 1
    assert overview["signature"] == evaluation.signature.over(("a1", "a2"))
    assert articles_of(blocks) == [row[0] for row in overview["articles"]] == ["a1", "a2"]


def test_page_of_streamed_results_is_that_of_kept_ones(
    tmp_path: Path, schema: ClaimSchema, gold: dict[str, Gold], articles: dict[str, Article]
) -> None:
    cells = [
        CellPredictions(
            Cell(model, "p"),
            ("actors", "quotes"),
            [
                Prediction(name, {"actors": [actor(model)]}, repeat)
                for name in ("a2", "a1")
                for repeat in range(2)
            ],
        )
        for model in ("Ada Lovelace", "Nemo")
    ]
    with ResultFiles(tmp_path) as files, PageGatherer(tmp_path) as page:
        streamed = evaluate(
            cells, gold, schema, articles, each=each_of(write_claims(files), page.add)
        )
        write_page(files, page, streamed, FACTS)
    kept = evaluate(cells, gold, schema, articles)
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert text == "".join(page_html(kept, FACTS))
    assert len(blocks_of(text)["article-0"]["c"]) == 4
    # Nothing temporary is left.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claims.csv", PAGE]


def test_places_count_as_a_browser_counts(
    grounded: Evaluation, articles: dict[str, Article]
) -> None:
    blocks = blocks_of("".join(page_html(grounded, FACTS)))
    article = blocks["article-0"]
    assert article["text"] == articles["a1"].text
    units = articles["a1"].text.encode("utf-16-le")
    (types,) = (found for cell, _, found in article["c"] if cell == 0)
    quotes = blocks["overview"]["types"][1]
    assert quotes["name"] == "quotes"
    (rows,) = (predicted for number, _, predicted, _ in types if number == 1)
    status, start, length = rows[0][4:7]
    assert STATUSES[status] == "folded"
    assert units[2 * start : 2 * (start + length)].decode("utf-16-le") == (
        "We need far more\u00a0brass wheels"
    )
    strings = [
        units[2 * each[0] : 2 * sum(each)].decode("utf-16-le") if isinstance(each, list) else each
        for each in article["s"]
    ]
    assert [strings[number] for number in rows[0][10:]] == [
        *("we need far more brass wheels", "the countess", None),
    ]
    # What stands in the article is not written a second time.
    assert "Charles Babbage" not in article["s"]
    assert "Charles Babbage" in strings


def many(n: int, schema: ClaimSchema, limits: PageLimits) -> dict[str, Any]:
    """A page of n articles; in the i-th the second of two cells makes i errors."""
    gold, articles, right, wrong = {}, {}, [], []
    for number in range(n):
        name = f"article {number:03}"
        gold[name] = Gold(name, {"actors": (GoldClaim(actor("Ada Lovelace")),)})
        articles[name] = Article(name, "Ada Lovelace met others.")
        ada = {"actors": [actor("Ada Lovelace")]}
        others = {"actors": [*ada["actors"], *(actor(f"other {each}") for each in range(number))]}
        right.append(Prediction(name, ada))
        wrong.append(Prediction(name, others))
    cells = [
        CellPredictions(Cell("right", "p"), ("actors",), right),
        CellPredictions(Cell("wrong", "p"), ("actors",), wrong),
    ]
    evaluation = evaluate(cells, gold, schema, articles, resampling=Resampling(0, 100))
    return blocks_of("".join(page_html(evaluation, replace(FACTS, limits=limits))))


def test_reader_holds_the_articles_with_the_most_errors_that_there_is_room_for(
    schema: ClaimSchema,
) -> None:
    room = 6_000
    blocks = many(30, schema, PageLimits(reader_bytes=room, n_heat_rows=5, n_comparisons=1))
    shown = articles_of(blocks)
    sizes = [len(embedded(block).encode()) for name, block in blocks.items() if "article" in name]
    assert 1 < len(shown) < 29
    assert sum(sizes) <= room < sum(sizes) + 2 * max(sizes)
    assert shown == [f"article {number:03}" for number in range(30 - len(shown), 30)]
    overview = blocks["overview"]
    assert overview["n_articles"] == 30
    # In each of them the first cell has all right, and both are there.
    assert all({row[0] for row in blocks[f"article-{n}"]["c"]} == {0, 1} for n in range(len(shown)))
    # The heat map says which of its articles can be opened.
    heat = overview["heat"]
    assert heat["n"] == 30
    assert [row[0] for row in heat["rows"]] == [f"article {29 - n:03}" for n in range(5)]
    assert [row[1] for row in heat["rows"]] == [len(shown) - 1 - n for n in range(5)]
    assert overview["n_comparisons"] == 2
    assert len(overview["comparisons"]) == 1


def test_an_article_that_has_no_room_by_itself_leaves_room_for_others(schema: ClaimSchema) -> None:
    everything = many(12, schema, PageLimits())
    largest = len(embedded(everything["article-11"]).encode())
    blocks = many(12, schema, PageLimits(reader_bytes=largest - 1))
    assert articles_of(blocks) == ["article 010"]


def test_heat_is_the_mean_of_the_claim_types_with_gold(evaluation: Evaluation) -> None:
    overview = blocks_of("".join(page_html(evaluation, FACTS)))["overview"]
    rows = {row[0]: row[2] for row in overview["heat"]["rows"]}
    (own,) = (cell for cell in evaluation.cells if cell.cell == GOOD)
    for article_id, values in rows.items():
        alone = replace(own, vectors=own.vectors.select([article_id]))
        score = alone.score_of("overall")
        assert score is not None
        assert values[0][0] == pytest.approx(score.micro.f1, abs=1e-4)
        assert values[0][1] == score.counts.fn


def test_failures_are_read_no_farther_than_there_is_room(evaluation: Evaluation) -> None:
    read = []

    def failures() -> Iterator[FailedRequest]:
        for number in range(1_000):
            read.append(number)
            yield FailedRequest(GOOD, "a1", number, (), "invalid", "no JSON", "x" * 100_000)

    limits = PageLimits(n_failures=5)
    facts = replace(FACTS, failures=failures(), n_failures=1_000, limits=limits)
    blocks = blocks_of("".join(page_html(evaluation, facts)))
    assert len(blocks["failures"]) == len(read) == 5
    assert {len(row[7]) for row in blocks["failures"]} == {limits.raw_chars}
    assert {row[8] for row in blocks["failures"]} == {100_000}
    assert blocks["overview"]["n_failures"] == 1_000


def test_memory_does_not_grow_with_what_is_gathered(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What waits goes to a file; of each reply some bytes are held."""
    monkeypatch.setattr("harness.reports.page.blocks._IN_MEMORY", 10_000)
    results = [(cell.cell, result) for cell in evaluation.cells for result in cell.results]
    with PageGatherer(tmp_path) as page:
        for cell, result in results:
            page.add(cell, result)
        tracemalloc.start()
        for number in range(500):
            for cell, result in results:
                page.add(cell, replace(result, repeat=number + 2))
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert list(tmp_path.iterdir()) == []  # the file has no name
    assert grown / (500 * len(results)) < 20


@pytest.mark.parametrize(
    "text", ["</script>", "<!--", "&amp;", "\u2028\u2029", "\ud83d", "\x00\x7f"]
)
def test_embedded_strings_come_back_and_end_nothing(text: str) -> None:
    found = embedded({"a": [text]})
    assert json.loads(found) == {"a": [text]}
    found.encode("utf-8")
    assert not re.search("[<>&\u2028\u2029\x00\x7f]", found)


def test_an_undefined_number_is_never_written(evaluation: Evaluation) -> None:
    assert not re.search(
        r"\bNaN\b|\bInfinity\b",
        "".join(text for _, text in _BLOCK.findall("".join(page_html(evaluation, FACTS)))),
    )
