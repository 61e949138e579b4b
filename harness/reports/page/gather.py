"""Keeps what became of claims while results stream by; at the end, makes the page of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.evaluate import Evaluation
from harness.records import Cell
from harness.reports.leaderboard import leaderboard_order
from harness.reports.page.article import ArticleBlocks, encode_article, gold_block, type_block
from harness.reports.page.blocks import Blocks
from harness.reports.page.document import embedded, page_parts
from harness.reports.page.facts import PageFacts, PageLimits
from harness.reports.page.hardness import by_errors
from harness.reports.page.overview import failures_data, overview_data
from harness.scoring import TypeResult

__all__ = ["PageGatherer", "page_html"]

_GOLD = -1


def page_html(evaluation: Evaluation, facts: PageFacts) -> Iterator[str]:
    """The page of an evaluation that kept its results, in parts."""
    with PageGatherer() as gathered:
        for cell in evaluation.cells:
            for result in cell.results:
                gathered.add(cell.cell, result)
        yield from gathered.render(evaluation, facts)


class PageGatherer:
    """Takes results one after the other and keeps of each what a page may show.

    Parameters
    ----------
    folder
        Where a temporary file may be made; by default where the system has them.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._blocks = Blocks(folder)
        self._cells: dict[Cell, int] = {}
        self._n_invalid: dict[Cell, int] = {}
        # Of each article the claim types whose gold is kept, one bit for each.
        self._types: dict[str, int] = {}
        self._with_gold: dict[str, int] = {}
        # The claim types of one reply come one after the other: they are kept together.
        self._open: tuple[Cell, str, int] | None = None
        self._found: list[Any] = []

    def __enter__(self) -> PageGatherer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._blocks.close()

    def add(self, cell: Cell, result: TypeResult) -> None:
        """Keep what scoring says of one claim type of one article, as `evaluate` hands it on.

        Raises
        ------
        OSError
            If the disk is full.
        """
        reply = (cell, result.article_id, result.repeat)
        if reply != self._open:
            self._flush()
            self._open = reply
        self._keep_gold(result)
        self._found.append(type_block(result))
        self._n_invalid[cell] = self._n_invalid.get(cell, 0) + len(result.aligned.invalid)

    def _keep_gold(self, result: TypeResult) -> None:
        """Once for all cells: it is the same for each."""
        bit = 1 << self._types.setdefault(result.claim_type, len(self._types))
        kept = self._with_gold.get(result.article_id, 0)
        if not kept & bit:
            self._with_gold[result.article_id] = kept | bit
            block = [_GOLD, result.claim_type, gold_block(result)]
            self._blocks.add(result.article_id, block)

    def _flush(self) -> None:
        if self._open is not None:
            cell, article_id, repeat = self._open
            number = self._cells.setdefault(cell, len(self._cells))
            self._blocks.add(article_id, [number, repeat, self._found])
        self._open, self._found = None, []

    def render(self, evaluation: Evaluation, facts: PageFacts) -> Iterator[str]:
        """The page, in parts.

        Parameters
        ----------
        evaluation
            What all that was added came to.
        facts
            What else the page shows.
        """
        self._flush()
        articles = self._chosen(evaluation, facts.limits)
        overview = overview_data(evaluation, facts, [name for name, _ in articles], self._n_invalid)
        yield from page_parts(
            embedded(overview), embedded(failures_data(facts)), (text for _, text in articles)
        )

    def _chosen(self, evaluation: Evaluation, limits: PageLimits) -> list[tuple[str, str]]:
        """Those with the most errors in any cell that there is room for, with their JSON, by id."""
        ranking = by_errors(evaluation)[: limits.n_articles]
        places = self._blocks.places(set(ranking))
        order = [cell.cell for cell in leaderboard_order(evaluation)]
        columns = {number: order.index(cell) for cell, number in self._cells.items()}
        room = limits.reader_bytes
        chosen = []
        for article_id in ranking:
            article = evaluation.articles.get(article_id)
            article_text = article.text if article else None
            if article_text is not None and len(article_text) > limits.reader_bytes // 2:
                continue  # it alone would leave no room for others
            blocks = self._read(places.get(article_id, ()), columns)
            data = encode_article(article_id, article_text, blocks, evaluation.schema)
            text = embedded(data)
            size = len(text.encode())
            if size > room:
                if size > limits.reader_bytes // 2:
                    continue
                break
            room -= size
            chosen.append((article_id, text))
        return sorted(chosen)

    def _read(self, places: Sequence[int], columns: Mapping[int, int]) -> ArticleBlocks:
        blocks = ArticleBlocks({}, [])
        for place in places:
            first, second, third = self._blocks.read(place)
            if first == _GOLD:
                blocks.gold[second] = third
            else:
                blocks.cells.append((columns[first], second, third))
        return blocks
