"""Where in an article a value stands, in what form, and what is not there."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from harness.comparators.fold import fold
from harness.comparators.folded_text import FoldedText
from harness.scoring.ground import (
    APPROXIMATE_LENGTHS,
    APPROXIMATE_SIMILARITY,
    ArticleText,
    Grounding,
    PromptText,
)

SEEDS = Path(__file__).parents[2] / "seeds"
SENTENCE = "The minister said on Friday that the ministry would not pay the fine."


def located(text: str, value: str) -> tuple[str, str | None]:
    """The status of a value, and what stands in the article where it is found."""
    grounding = ArticleText(text).locate(value)
    if grounding.start is None:
        return grounding.status, None
    return grounding.status, text[grounding.start : grounding.end]


# --- to the letter


def test_locate_exact() -> None:
    assert ArticleText("He met Putin.").locate("Putin") == Grounding("exact", 7, 12, 1.0)


def test_what_is_there_when_folded_is_there_entirely() -> None:
    assert ArticleText("He met  “Putin”.").locate("PUTIN") == Grounding("folded", 9, 14, 1.0)


@pytest.mark.parametrize(
    ("text", "value", "start"),
    [
        ("Putin met Putin", "Putin", 0),
        ("Iranian oil, Iran's oil, Iran", "Iran", 13),
        ("an anti-Iran bill", "Iran", 8),
        ("“Iran”", "Iran", 1),
        ("the States' right", "States", 4),
        ("2016 and 16", "16", 9),
        ("$1.5 million or 5 million", "5 million", 16),
        ("12,000, 2,000 and 12", "2,000", 8),
        ("10.5 or 10. Then", "10", 8),
        ("3-5 or -5", "-5", 7),
        ("-5 or 5 %", "5", 6),
        ("3-5", "5", 2),
        ("2021-04-15", "2021", 0),
        ("x_y y", "y", 4),
        ("cafe\u0301 cafe", "cafe", 6),
        ("co\u00adop co", "co", 6),
        ("xIran Iran", "Iran", 6),
    ],
)
def test_locate_first_occurrence_that_cuts_nothing(text: str, value: str, start: int) -> None:
    assert ArticleText(text).locate(value) == Grounding("exact", start, start + len(value), 1.0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Iranian", "Iran"),
        ("Tirana", "iran"),
        ("2016", "16"),
        ("1.5 million", "5 million"),
        ("1,500 men", "500 men"),
        ("3-5", "-5"),
        ("−5 %", "5"),
        ("-5 %", "5"),
        ("cafe\u0301", "cafe"),
        ("Ir\u00adan", "Ir"),
        ("Übermaß", "Maß"),
    ],
)
def test_locate_nothing_in_the_middle_of_a_word_or_number(text: str, value: str) -> None:
    assert located(text, value) == ("absent", None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("北京市长说", "市长"),
        ("プーチン大統領は", "大統領"),
        ("이란은 말했다", "이란"),
        ("ประเทศไทย", "ไทย"),
        ("GPT模型", "GPT"),
    ],
)
def test_locate_in_scripts_without_spaces(text: str, value: str) -> None:
    assert located(text, value) == ("exact", value)


@pytest.mark.parametrize("value", ["", " ", "…", "“”", "\u200b", "- -", "ʼ", "\u2026\u00a0."])
def test_locate_nothing_left_is_absent(value: str) -> None:
    assert ArticleText(f"a {value} b").locate(value, PromptText(value)) == Grounding("absent")


# --- after folding


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("He met PUTIN.", "Putin", "PUTIN"),
        ("a “We won’t” b", "we won't", "We won’t"),
        ("a We won't b", "“we won’t”", "We won't"),
        ("a 10\u00a0000\u2009men b", "10 000 men", "10\u00a0000\u2009men"),
        ("a two \n\t lines b", "two lines", "two \n\t lines"),
        ("a \u200b  b\u200b c", "B", "b"),
        ("in Cafe\u0301 Noir,", "Café Noir", "Cafe\u0301 Noir"),
        ("in Café Noir,", "Cafe\u0301 Noir", "Café Noir"),
        ("in Caf\u200be\u200d\u0301 Noir,", "Café Noir", "Caf\u200be\u200d\u0301 Noir"),
        ("the of\ufb01ce was", "office", "of\ufb01ce"),
        ("die Straße ist", "STRASSE", "Straße"),
        ("die STRASSE ist", "Straße", "STRASSE"),
        ("so… well... no", "well… no", "well... no"),
        ("so… well. . . no", "well… no", "well. . . no"),
        ("so... well… no", "well... no", "well… no"),
        ("……… well… no", "WELL", "well"),
        ("a co\u00adoperation b", "cooperation", "co\u00adoperation"),
        ("\u00ad\u00ada co\u00adop b", "CO\u00adOP", "co\u00adop"),
        (
            "x \u1112\u1161\u11ab\u1100\u116e\u11a8 y",
            "한국",
            "\u1112\u1161\u11ab\u1100\u116e\u11a8",
        ),
        ("x 한국 y", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국"),
        ("ﾌﾟｰﾁﾝ大統領", "プーチン大統領", "ﾌﾟｰﾁﾝ大統領"),
        ("２０２１年４月", "2021年4月", "２０２１年４月"),
        ("😀😀 Go 👩\u200d💻 now 😀", "go 👩\u200d💻 NOW", "Go 👩\u200d💻 now"),
        ("👍\ufe0f it", "👍", "👍"),
        ("\u202bשלום \u200fעולם\u202c", "שלום עולם", "שלום \u200fעולם"),
        ("אמר \u2067مرحبا\u2069 b", "אמר مرحبا", "אמר \u2067مرحبا"),
        ("ab İzmir b", "i\u0307zmir", "İzmir"),
        ("x 5\u2013\u200910 y", "5- 10", "5\u2013\u200910"),
        ("x \u22125 % y", "-5 %", "\u22125 %"),
        ("a\ud800B c", "A\ud800b", "a\ud800B"),
        ("a\0B c", "A\0b", "a\0B"),
        ("¨ ½ Liter", "½ LITER", "½ Liter"),
    ],
)
def test_locate_folded(text: str, value: str, found: str) -> None:
    exact = value in text
    assert located(text, value) == ("exact" if exact else "folded", found)


def test_locate_folded_first_that_is_no_part_of_one_character() -> None:
    # "fi" ends inside of what the ligature ffi stands for.
    assert located("eﬃ, FI", "fi") == ("folded", "FI")
    assert located("№ no", "NO") == ("folded", "№")
    assert located("x№ No", "nO") == ("folded", "No")
    # The same where no word is cut: half of what stands for a stock company, in one character.
    assert located("㍿Ａ や 会社Ａ", "会社a") == ("folded", "会社Ａ")


def test_locate_exact_goes_before_an_earlier_folded() -> None:
    assert ArticleText("IRAN and Iran").locate("Iran") == Grounding("exact", 9, 13, 1.0)


# --- approximately


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("the ministry would not pay the fines", "the ministry would not pay the fine"),
        ("ministry wold not pay the fine", "ministry would not pay the fine"),
        ("said on Friday that ministry would not", "said on Friday that the ministry would not"),
        ("The minister has said on Friday that the", "The minister said on Friday that the"),
        (
            "on Thursday that the ministry would not pay",
            "on Friday that the ministry would not pay",
        ),
        ("The minister on Friday that the ministry would not pay", SENTENCE[:59]),
        ("on Friday that the ministry would pay the fine", SENTENCE[18:-1]),
        ("The minster said", "The minister said"),
        ("pay the finne", "pay the fine"),
    ],
)
def test_locate_approximate(value: str, found: str) -> None:
    assert located(SENTENCE, value) == ("approximate", found)


def test_locate_approximate_similarity() -> None:
    # 9 letters, of which 8 are the same: 16/18.
    grounding = ArticleText("x Zelenskyy y").locate("Zelenskiy")
    assert grounding == Grounding("approximate", 2, 11, pytest.approx(16 / 18))


def test_locate_approximate_takes_words_whole() -> None:
    text = "Then the Bundesverfassungsgericht in Karlsruhe voided the constitutional court."
    assert located(text, "verfassungsgericht in Karlsruhe voided the constitut") == (
        "approximate",
        text[9:-7],
    )


def test_locate_approximate_is_mapped_back() -> None:
    text = "A…… “The\u00a0of\ufb01ce\u200b of Zelenskyy — said”"
    assert located(text, "the office of Zelenskiy") == (
        "approximate",
        "The\u00a0of\ufb01ce\u200b of Zelenskyy",
    )


@pytest.mark.parametrize(
    ("text", "value", "status"),
    [
        # 20 characters each, 3 of them other ones: a distance of 6 in 40, just what is allowed.
        ("abcdefghij klmnopqrs", "abcdxfghij kxmnopxrs", "approximate"),
        ("abcdefghij klmnopqrs", "abcdxfghij kxmnxpxrs", "absent"),
        ("abcde", "abcdef", "approximate"),
        ("Iraq", "Irak", "absent"),  # too short
        ("South Korea", "North Korea", "absent"),
        ("Slovakia", "Slovenia", "absent"),
    ],
)
def test_locate_approximate_threshold(text: str, value: str, status: str) -> None:
    assert located(text, value)[0] == status
    assert APPROXIMATE_SIMILARITY == 0.85 and min(APPROXIMATE_LENGTHS) == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("They named 32 individuals.", "16 individuals"),
        ("They named 16 individuals and 32 firms.", "32 individuals and 16 firms"),
        ("They named 16 individuals.", "1.6 individuals"),
        ("It fell by -5 per cent.", "fell by 5 per cents"),
        ("They named individuals today.", "named 6 individuals today"),
        ("They named 6 individuals today.", "named individuals today"),
    ],
)
def test_locate_other_number_is_absent(text: str, value: str) -> None:
    assert located(text, value) == ("absent", None)


def test_locate_other_number_does_not_hide_the_place_with_the_right_one() -> None:
    text = "From 16 April 2021 until the 15th April 2021 at least"
    assert located(text, "15 April 2021") == ("approximate", "15th April 2021")


def test_locate_approximate_long_value() -> None:
    text = (SEEDS / "001_ce2b6f7e975a1ba1.txt").read_text(encoding="utf-8")
    words = text.split()
    # A whole paragraph: most stretches stand as they are, and neither the first nor the last does.
    value = " ".join(["Xxxx", *words[41:180], "Yyyy"])
    grounding = ArticleText(text).locate(value)
    assert grounding.status == "approximate" and grounding.start and grounding.end
    expected = text.index(" ".join(words[41:45]))
    assert abs(grounding.start - expected) < 20
    assert text[: grounding.end].split()[-4:] in (words[175:179], words[176:180], words[177:181])


def test_locate_approximate_long_value_with_another_beginning() -> None:
    text = " ".join((SEEDS / "001_ce2b6f7e975a1ba1.txt").read_text(encoding="utf-8").split())
    value = "q" * 60 + text[1060:1700]
    grounding = ArticleText(text).locate(value)
    assert grounding.status == "approximate" and grounding.start and grounding.end
    assert abs(grounding.start - 1000) < 70 and abs(grounding.end - 1700) < 15


@pytest.mark.parametrize("length", [APPROXIMATE_LENGTHS[-1], APPROXIMATE_LENGTHS[-1] + 1])
def test_locate_approximate_up_to_a_length(length: int) -> None:
    text = ("word and " * 400)[:length]
    text = text[:-2] + "xy"
    value = "z" + text[1:]
    status = ArticleText(text).locate(value).status
    assert status == ("approximate" if length in APPROXIMATE_LENGTHS else "absent")


@pytest.mark.parametrize("text", ["", "A", "Abcdefg", "Abcdefgh, and that"])
def test_locate_value_longer_than_the_article_is_absent(text: str) -> None:
    assert located(text, "Abcdefgh, and that is all of it") == ("absent", None)


# --- in the prompt


def test_locate_copied() -> None:
    prompt = PromptText("For example: “Acme’s Director”, 15 May.")
    article = ArticleText("Nothing of it; but the Minister.")
    assert article.locate("acme's director", prompt) == Grounding("copied")
    assert article.locate("acme's director") == Grounding("absent")
    assert article.locate("direct", prompt) == Grounding("absent")
    assert article.locate("Acme's directors", prompt) == Grounding("absent")
    assert article.locate("5 May", prompt) == Grounding("absent")


def test_locate_what_is_in_both_is_not_copied() -> None:
    prompt = PromptText("The minister said; Zelenskiy")
    article = ArticleText("THE MINISTER SAID to Zelenskyy")
    assert article.locate("The minister said", prompt).status == "folded"
    assert article.locate("Zelenskiy", prompt).status == "approximate"


# --- what holds for any text

BASES = "aAiIſßẞﬁﬃİŉ½…‥⒈№㎏éカｶ가각ㄱㅏ漢א一ء😀👩.-,'’“5٥"
JOINING = "\u0301\u0316\u0345\u0338\u05b0ﾞﾟ\u1161\u11a8\u0f73\u3099\u20e3"
REMOVED = "\u00ad\u200b\u200d\u200f\ufe0f\u034f\u2060"
SPACES = " \n\u00a0\u2009\u3000"
TRICKY = st.text(alphabet=BASES + JOINING + REMOVED + SPACES + "´¨\u1100\ud800\0#")
WORD = st.builds(
    str.__add__,
    st.sampled_from("aAiſßﬁﬃİéカ가漢א"),
    st.text(alphabet="aAßﬁ½é’5" + JOINING + REMOVED, max_size=4),
)
SEPARATOR = st.sampled_from(
    [" ", "  ", "\u00a0", " \u200b\n", "… ", ". . . ", ", ", " – ", " “", "” ", "\u2009\u2009"]
)
ARTICLE = st.lists(st.tuples(WORD, SEPARATOR), min_size=1, max_size=12)


@given(TRICKY)
@example("a\u200b\u200b\u0301")
@example("´\u0301")
@example("  ¨\u0301 .‥.")
def test_folded_text_agrees_with_fold(text: str) -> None:
    folded = FoldedText(text).folded
    assert fold(folded) == fold(text)
    assert fold(text) in folded


@given(TRICKY, st.data())
def test_folded_text_source_folds_to_the_part(text: str, data: st.DataObject) -> None:
    folded = FoldedText(text)
    assume(folded.folded)
    start = data.draw(st.integers(0, len(folded.folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded.folded)))
    first, last = folded.source(start, end)
    assert 0 <= first < last <= len(text)
    assert folded.folded[start:end] in FoldedText(text[first:last]).folded
    # Nothing stands at its ends that folding removes, unless at the start a mark combines with it.
    assert first == 0 or FoldedText(text[first]).folded
    assert FoldedText(text[last - 1]).folded


@pytest.mark.parametrize(
    ("text", "part", "source"),
    [
        # Behind one letter that stands for two and before two blanks that are one.
        ("a ﬁn  b", "fin", "ﬁn"),
        ("a ﬁn  b", "b", "b"),
        # Two letters with marks, each apart; the capitals between them have none.
        ("MiX e\u0301 a\u0300 X", "mi", "Mi"),
        ("MiX e\u0301 a\u0300 X", "é", "e\u0301"),
        ("Oﬀ…\u00a0 “Straße”", "off", "Oﬀ"),
    ],
)
def test_folded_text_source_is_the_shortest_part(text: str, part: str, source: str) -> None:
    folded = FoldedText(text)
    start = folded.folded.index(part)
    first, last = folded.source(start, start + len(part))
    assert text[first:last] == source


def test_folded_text_knows_all_that_unicode_composes() -> None:
    for code in range(0x20000):
        character = chr(code)
        parts = unicodedata.normalize("NFD", character)
        if len(parts) < 2 or unicodedata.category(parts[0])[0] == "M":
            continue
        text = f"x{parts}y"
        folded = FoldedText(text)
        inside = fold(f"#{parts}#")[1:-1]
        assert folded.source(1, 1 + len(inside)) == (1, 1 + len(parts)), hex(code)
        assert folded.source(1 + len(inside), 2 + len(inside)) == (len(text) - 1, len(text))


@given(TRICKY, TRICKY)
def test_locate_of_any_texts(text: str, value: str) -> None:
    grounding = ArticleText(text).locate(value, PromptText(value))
    if grounding.start is None or grounding.end is None:
        assert grounding.status in {"absent", "copied"} and grounding.similarity is None
        return
    found = text[grounding.start : grounding.end]
    assert found and grounding.similarity is not None
    if grounding.status == "exact":
        assert found == value
    elif grounding.status == "folded":
        assert fold(found) == fold(value)
    assert (grounding.similarity == 1) or grounding.status == "approximate"
    assert grounding.similarity >= APPROXIMATE_SIMILARITY - 1e-9


@given(ARTICLE, st.data())
def test_locate_finds_every_slice_of_words(
    parts: list[tuple[str, str]], data: st.DataObject
) -> None:
    text = "".join(word + separator for word, separator in parts)
    first = data.draw(st.integers(0, len(parts) - 1))
    last = data.draw(st.integers(first, len(parts) - 1))
    start = sum(len(word + separator) for word, separator in parts[:first])
    value = text[start : sum(len(w + s) for w, s in parts[: last + 1]) - len(parts[last][1])]
    grounding = ArticleText(text).locate(value)
    assert grounding.status == "exact" and grounding.start is not None
    assert grounding.start <= start
    # Written in another way, it is found at the first place that is folded into the same.
    for other in (fold(value), value.upper().replace("\u00a0", "\n "), f"“{value}…”"):
        if fold(other) == fold(value):
            again = ArticleText(text).locate(other)
            assert again.status in {"exact", "folded"}
            assert fold(text[again.start : again.end]) == fold(value)
            assert again.start is not None and again.start <= start + len(value)


@given(st.integers(0, 4), st.integers(0, 300), st.integers(3, 15))
def test_locate_finds_a_slice_with_other_typography_at_its_place(
    number: int, first: int, n_words: int
) -> None:
    file = sorted(SEEDS.glob("*.txt"))[number]
    words = file.read_text(encoding="utf-8").split()
    text = " ".join(words)
    value = " ".join(words[first : first + n_words])
    assume(value and text.count(value) == 1)
    other = value.replace("'", "’").replace(" ", "\u2009 ").replace("-", "\u2011").swapcase()
    grounding = ArticleText(text).locate(other)
    assert grounding.status == "folded" and grounding.start is not None
    assert fold(text[grounding.start : grounding.end]) == fold(value)
    start = text.index(value)
    assert start <= grounding.start < start + 5 or text.casefold().count(value.casefold()) > 1


# --- without end

LONG = 200_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a" * LONG, "a"),
        ("ab " * LONG, "ab " * (LONG // 2) + "a"),
        ("a" * LONG, "A" * (LONG // 2)),
        ("\u00ad" * LONG, "a\u00ad"),
        ("a" + "\u200b" * LONG + "b", "A B"),
        ("abc " * LONG, "acb " * 500),
        ("a" * LONG, "a" * 999 + "b" + "a" * 1000),
        (" ." * LONG, "no such thing"),
        ("ﬁ" * LONG, "fif"),
        ("word " * 100, "x" * LONG),
        ("".join(map(chr, range(0x80, 0x20000))), "not there at all"),
    ],
)
def test_locate_takes_time_in_proportion(text: str, value: str) -> None:
    before = time.process_time()
    ArticleText(text).locate(value, PromptText(text))
    # What grows with the square of the length takes minutes.
    assert time.process_time() - before < 10
