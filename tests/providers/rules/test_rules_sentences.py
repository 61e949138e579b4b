"""Paragraphs, sentences, furniture; and hostile texts."""

import datetime
import time

import pytest

from harness.providers.rules import extract
from harness.providers.rules.sentences import read


def _sentences(text: str) -> list[str]:
    return [sentence.text for sentence in read(text).sentences]


def test_sentences_abbreviations_do_not_end_one() -> None:
    text = "Mr. J. Roe met U.S. envoys at 5 p.m. on Jan. 3. He left."
    assert _sentences(text) == [text[:-9], "He left."]


def test_sentences_quotation_keeps_its_attribution() -> None:
    text = '"Will it rain?" she asked. It did.'
    assert _sentences(text) == ['"Will it rain?" she asked.', "It did."]


def test_sentences_offsets_are_those_of_the_text() -> None:
    text = "A first line here.\r\n\r\n  Two words.  And three words.\n"
    assert all(text[s.start : s.end] == s.text for s in read(text).sentences)


def test_sentences_wrapped_lines_are_one_paragraph() -> None:
    line = "The harbour was closed for most of the day because of the wind and\n"
    text = (line * 3 + "then it opened.\n\n") * 2
    kinds = [p.kind for p in read(text).paragraphs]
    assert kinds == ["body", "body"]


@pytest.mark.parametrize(
    "line",
    [
        "Share this article",
        "Read more: Ten ships that changed the law",
        "Published 3 October 2023",
        "By Jane Roe",
        "(Reporting by Jane Roe; Editing by John Doe)",
        "© 2021 The Harbour Post. All rights reserved.",
        "Tags: ships, law",
        "Photo: the harbour at night",
        "Subscribe to our newsletter",
    ],
)
def test_sentences_furniture(line: str) -> None:
    kinds = [p.kind for p in read(f"The harbour was closed.\n\n{line}\n\nIt opened.").paragraphs]
    assert kinds == ["body", "furniture", "body"]


@pytest.mark.parametrize("text", ["", " \n\n ", "\x00", "Share this article"])
def test_extract_text_without_a_story(text: str) -> None:
    assert extract(text, None) == {"actors": [], "quotes": [], "dates": [], "sanctions": []}


@pytest.mark.parametrize(
    "unit",
    [
        '"',
        "“a ",
        "'a ",
        "Ana Ruiz ",
        "a",
        "said ",
        "“Yes,” Ana Ruiz said. ",
        "March 3, 2020 ",
        "Peru banned exports of sanctions on ",
        "ban ",
        "Ministry of ",
        ". ",
        "ABC (ABC) ",
        "\n",
        "Peru said “no”.\n\n",
        "tariff on ",
        "expel a b c d e f ",
        "\u00a0",
        "\u0001",
        "1",
    ],
)
def test_extract_takes_hostile_text_in_a_time_that_grows_evenly(unit: str) -> None:
    def seconds(n_characters: int) -> float:
        begun = time.process_time()
        extract(unit * (n_characters // len(unit)), datetime.date(2021, 1, 1))
        return time.process_time() - begun

    # Four times the text takes four times as long; a pattern that backtracks takes sixteen times,
    # or for ever. What takes next to no time says nothing.
    assert seconds(240_000) < max(10 * seconds(60_000), 2)
