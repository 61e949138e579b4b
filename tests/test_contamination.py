from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import contamination
from harness.claims import ClaimSchema, load_schema
from harness.comparators.fold import fold, words
from harness.contamination import SHARED_WORDS, SharedRun, shared_runs
from harness.prompts import FrontMatter, Message, Prompt
from harness.records import Article

EIGHT = "one two three four five six seven eight"
ARTICLE = Article("a1", f"Before it all. {EIGHT} nine. After it all.")


@pytest.fixture(scope="module")
def schema() -> ClaimSchema:
    return load_schema()


def prompt_of(schema: ClaimSchema, *templates: str) -> Prompt:
    sections = tuple(Message("user", template, 1) for template in templates)
    return Prompt("mine", Path("mine.md"), FrontMatter(), sections, schema)


def test_shared_runs_finds_eight_words(schema: ClaimSchema) -> None:
    prompt = prompt_of(schema, f"Extract. For example: {EIGHT}! {{{{ article.text }}}}")
    assert shared_runs(prompt, [ARTICLE]) == [SharedRun("mine", "a1", 8, EIGHT)]


def test_shared_runs_seven_words_are_none(schema: ClaimSchema) -> None:
    seven = EIGHT.removesuffix(" eight")
    prompt = prompt_of(schema, f"Extract: {seven} and so on")
    assert SHARED_WORDS == 8
    assert shared_runs(prompt, [ARTICLE]) == []
    assert shared_runs(prompt, [ARTICLE], 7) == [SharedRun("mine", "a1", 7, seven)]


@pytest.mark.parametrize(
    "written",
    [
        EIGHT.upper(),
        EIGHT.replace(" ", ",\n "),
        f"“{EIGHT}”",
        EIGHT.replace(" ", " – "),
        EIGHT.replace("six", "s\u200bix"),
        EIGHT.replace(" ", "\u00a0"),
    ],
)
def test_shared_runs_case_and_punctuation_hide_nothing(schema: ClaimSchema, written: str) -> None:
    (found,) = shared_runs(prompt_of(schema, f"See: {written}."), [ARTICLE])
    assert found.n_words == 8


def test_shared_runs_reports_the_longest_of_each_article(schema: ClaimSchema) -> None:
    longer = "red blue green pink black white brown grey gold silver"
    articles = [
        Article("both", f"{EIGHT} x {longer} y"),
        Article("short", f"x {EIGHT} y"),
        Article("none", "nothing of it"),
        Article("end", f"x {longer}"),
    ]
    prompt = prompt_of(schema, f"{EIGHT}. Then {longer}", f"{longer}")
    found = {each.article_id: each for each in shared_runs(prompt, articles)}
    assert set(found) == {"both", "short", "end"}
    assert (found["both"].n_words, found["both"].text) == (10, longer)
    assert (found["short"].n_words, found["short"].text) == (8, EIGHT)
    assert found["end"].text == longer


def test_shared_runs_goes_on_to_the_end_of_both(schema: ClaimSchema) -> None:
    words = " ".join(f"w{number}" for number in range(300))
    (found,) = shared_runs(prompt_of(schema, words), [Article("a", words)])
    assert found.n_words == 300


def test_shared_runs_does_not_join_sections(schema: ClaimSchema) -> None:
    first, second = EIGHT.split(" five ")
    assert shared_runs(prompt_of(schema, first, f"five {second}"), [ARTICLE]) == []


def test_shared_runs_short_texts(schema: ClaimSchema) -> None:
    assert shared_runs(prompt_of(schema, "one two"), [ARTICLE, Article("b", "one")]) == []
    assert shared_runs(prompt_of(schema), [ARTICLE]) == []


def test_shared_runs_of_one_word_repeated_compare_no_pair_of_words_again(
    schema: ClaimSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0

    class Word(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __ne__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return str.__ne__(self, other)

    split = contamination.words
    monkeypatch.setattr(contamination, "words", lambda text: [Word(word) for word in split(text)])

    def n_compared(n: int) -> int:
        nonlocal compared
        compared = 0
        same = "again " * n
        (found,) = shared_runs(prompt_of(schema, same), [Article("a", same)])
        assert found.n_words == n
        return compared

    # Twice the words are four times the pairs; a run followed anew from each would be eight times.
    assert 0 < n_compared(300) < 5 * n_compared(150)


PLAIN = [chr(code) for code in range(0x3000) if contamination._PLAIN.fullmatch(chr(code))]


def test_plain_characters_are_words_before_folding_as_after_it() -> None:
    assert {"a", "é", "ł", "и", "’", "€", "\u00a0"} <= set(PLAIN)
    assert {"ß", "ſ", "²", "\u00ad", "\u0301", "ŉ", "µ", "漢", "ﬁ"}.isdisjoint(PLAIN)
    part = contamination._PART
    for character in PLAIN:
        for around in ("a{}b", "A{}B 1{}2", "x {} y", "{}{}"):
            text = f"q {around.replace('{}', character)} q"
            assert part.findall(fold(text)) == part.findall(text.lower()), repr(text)
        assert (len(words(fold(f"q {character} q"))) == 3) is bool(part.findall(character))


WORDS = [
    "one",
    "Two",
    "three's",
    "10.5",
    "é",
    "ÀB",
    "Łódź",
    "и",
    "U.S.",
    "—",
    "“a”",
    "a_b",
    "€5",
    "?",
]
ODD = ["漢字", "ﬁx", "s\u200bix", "Straße", "\u0301", "İx", "½"]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(WORDS + ODD), max_size=30),
    st.lists(st.sampled_from(WORDS), max_size=30),
    st.sampled_from([" ", ", ", "\n", ""]),
    st.sampled_from(["", " ", "漢", "x"]),
    st.integers(1, 8),
)
def test_shared_runs_overlooks_nothing(
    own: list[str], others: list[str], apart: str, edge: str, n: int
) -> None:
    schema = load_schema()
    article = Article("a", apart.join(others))
    prompt = prompt_of(schema, " ".join(own) + edge + " ".join(others[2:]) + edge)
    found = shared_runs(prompt, [article], n)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(contamination._Parts, "__call__", lambda parts, text: True)
        assert found == shared_runs(prompt, [article], n)
