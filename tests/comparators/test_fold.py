"""Folding and words, against the definitions and the examples of UAX #29."""

import re
import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from harness.comparators.fold import _fold_short, fold, fold_many, words, words_many

DOUBLE_QUOTES = '"“”„‟″«»‹›＂〝〞〟「」『』｢｣❝❞❠❮❯⹂'
SINGLE_QUOTES = "'‘’‚‛`´′ʼ＇❛❜❟"
DASHES = "-‐‑‒–—―−﹘﹣－⸺⸻⁻₋︱〜"
SPACES = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
ZERO_WIDTH = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2061"
ZERO_WIDTH += "\u2066\u2069\ufe0f\ufeff\U000e0100"
BRACKETS = "()[]{}（）［］｛｝【】〔〕〈〉《》⟨⟩⟦⟧❨❩❲❳⁅⁆〖〗﴾﴿﹙﹚"

# Where folding is most likely to go wrong: all that it treats, marks that combine, and letters
# whose case or compatibility form is longer than themselves.
TRICKY = (
    DOUBLE_QUOTES + SINGLE_QUOTES + DASHES + SPACES + ZERO_WIDTH + BRACKETS + ".,;:!?…‥·0159%$+aA"
    "ßẞİıſﬁŉǰΐᾳᾴΣς\u0345\u0301\u0307\u0308\u0316\u0338½²℡㎏カｶﾞ가각ㄱ漢"
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ﬁne", "fine"),
        ("２０２１", "2021"),
        ("e\u0301lan", "élan"),
        ("㎏", "kg"),
        ("ｶﾞ", "ガ"),
    ],
)
def test_fold_is_nfkc(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("STRAẞE", "strasse"),
        ("Ὀδυσσεύς", "ὀδυσσεύσ"),
        ("İzmir", "i\u0307zmir"),  # what Unicode calls full case folding, whatever the language
        ("ſelf", "self"),
    ],
)
def test_fold_is_casefold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("mark", DOUBLE_QUOTES)
def test_fold_quotation_mark(mark: str) -> None:
    assert fold(f"a {mark}b{mark} c") == "a 'b' c"
    assert fold(f"{mark}a{mark}") == "a"


@pytest.mark.parametrize("mark", SINGLE_QUOTES)
def test_fold_apostrophe(mark: str) -> None:
    assert fold(f"can{mark}t") == "can't"
    assert fold(f"{mark}a{mark}") == "a"


@pytest.mark.parametrize("dash", DASHES)
def test_fold_dash(dash: str) -> None:
    assert fold(f"re{dash}sign") == "re-sign"
    assert fold(f"{dash}5") == "-5"
    assert fold(f"{dash} a {dash}") == "a"


def test_fold_every_dash_and_quotation_mark_and_space_of_unicode() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Pd":
            assert fold(f"a{character}b") == "a-b", hex(code)
        elif category in {"Zs", "Zl", "Zp"}:
            assert fold(f"a{character}b") == "a b", hex(code)
        elif category in {"Ps", "Pe", "Pi", "Pf"}:
            assert fold(f"{character}b{character}") == "b", hex(code)


@pytest.mark.parametrize("ellipsis", ["…", "...", ". . .", ".\xa0.\xa0.", "....", "……", "︙"])
def test_fold_ellipsis(ellipsis: str) -> None:
    assert fold(f"well{ellipsis}no") == "well...no"
    assert fold(f"{ellipsis}no{ellipsis}") == "no"
    assert fold(f"{ellipsis} no {ellipsis}") == "no"


@pytest.mark.parametrize("space", SPACES)
def test_fold_space(space: str) -> None:
    assert fold(f"{space}a{space}{space}b{space}") == "a b"


@pytest.mark.parametrize("character", ZERO_WIDTH)
def test_fold_zero_width(character: str) -> None:
    assert fold(f"{character}pa{character}y{character}") == "pay"
    assert fold(f"10{character}5") == "105"


@pytest.mark.parametrize("bracket", BRACKETS)
def test_fold_brackets_at_both_ends(bracket: str) -> None:
    assert fold(f"{bracket}a b{bracket}") == "a b"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("a, b.", "a, b"),
        ("“No!” he said; “never:”", "no!' he said; 'never"),
        ("<5 %", "<5 %"),
        (",.;:!?a?!:;.,", "a"),
        ("— no —", "no"),
        ("(-5)", "-5"),
        ("--5", "-5"),
        ("- 5", "5"),
        ("5-", "5"),
        ("- - -", ""),
        ("...", ""),
        ("", ""),
        ('"(["', ""),
    ],
)
def test_fold_strips_both_ends(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.5", "105"),
        ("10,5", "105"),
        ("10.5", "10,5"),
        ("-5", "5"),
        ("−5", "5"),
        ("+5", "5"),
        ("16", "32"),
        ("5%", "5"),
        ("$5", "5"),
        ("re-sign", "resign"),
        ("its", "it's"),
        ("a b", "ab"),
        ("a.b", "a b"),
        ("5-10", "510"),
        ("élan", "elan"),
    ],
)
def test_fold_keeps_content(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text() | st.text(alphabet=TRICKY) | st.text(alphabet=st.characters()))
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=TRICKY))
def test_fold_leaves_nothing_to_strip(text: str) -> None:
    folded = fold(text)
    assert not re.search(r"\s\s|^\s|\s$", folded)
    assert not re.match(r"[\"'()\[\]{},.;:!?]|-(?!\d)", folded)
    assert not re.search(r"[\"'()\[\]{},.;:!?-]$", folded)


@given(st.text(alphabet=TRICKY + "\ud800"))
def test_fold_and_words_never_raise(text: str) -> None:
    words(fold(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The example of UAX #29, section 4.
        (
            "The quick (“brown”) fox can’t jump 32.3 feet, right?",
            ["the", "quick", "brown", "fox", "can't", "jump", "32.3", "feet", "right"],
        ),
        ("3,456.789 and 1,2 or 1, 2", ["3,456.789", "and", "1,2", "or", "1", "2"]),
        ("u.s. example.com a.1 1.a", ["u.s", "example.com", "a", "1", "1", "a"]),
        ("snake_case __x", ["snake_case", "__x"]),
        ("10 % - 5 $ & *", ["10", "5"]),
        ("re-sign 2021-04-15", ["re", "sign", "2021", "04", "15"]),
        ("naïve façade d'été", ["naïve", "façade", "d'été"]),
        ("Привет, мир", ["привет", "мир"]),
        ("", []),
        ("?!", []),
    ],
)
def test_words_of_uax29(text: str, expected: list[str]) -> None:
    assert words(fold(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("北京市", ["北", "京", "市"]),
        ("プーチン大統領は", ["プ", "ー", "チ", "ン", "大", "統", "領", "は"]),
        ("한국어", ["한", "국", "어"]),
        ("2021年4月15日", ["2021", "年", "4", "月", "15", "日"]),
        ("GPT模型 v2", ["gpt", "模", "型", "v2"]),
        ("ㄅㄆ 、。", ["ㄅ", "ㄆ"]),
    ],
)
def test_words_each_cjk_character(text: str, expected: list[str]) -> None:
    assert words(fold(text)) == expected


CLASSES = [
    "ALetter",
    "Hebrew_Letter",
    "Numeric",
    "Katakana",
    "ExtendNumLet",
    "MidLetter",
    "MidNum",
    "MidNumLet",
    "Single_Quote",
    "Double_Quote",
    "Extend",
    "Format",
    "ZWJ",
    "Newline",
    "CR",
    "LF",
]
LETTERS = {"ALetter", "Hebrew_Letter"}
MIDDLE = {"MidNumLet", "Single_Quote"}


def word_class(character: str) -> str:
    """The property Word_Break of a character."""
    matching = (name for name in CLASSES if regex.match(rf"\p{{WB={name}}}", character))
    return next(matching, "Other")


def is_joined(before: str, left: str, right: str, after: str) -> bool:
    """Whether rules WB5 to WB13b forbid a break between `left` and `right`."""
    words_and_digits = {*LETTERS, "Numeric"}
    return (
        {left, right} <= words_and_digits  # WB5, 8, 9, 10
        or (left in LETTERS and right in {"MidLetter", *MIDDLE} and after in LETTERS)  # WB6
        or (before in LETTERS and left in {"MidLetter", *MIDDLE} and right in LETTERS)  # WB7
        or (left, right) == ("Hebrew_Letter", "Single_Quote")  # WB7a
        or (left, right, after) == ("Hebrew_Letter", "Double_Quote", "Hebrew_Letter")  # WB7b
        or (before, left, right) == ("Hebrew_Letter", "Double_Quote", "Hebrew_Letter")  # WB7c
        or (before == right == "Numeric" and left in {"MidNum", *MIDDLE})  # WB11
        or (left == after == "Numeric" and right in {"MidNum", *MIDDLE})  # WB12
        or left == right == "Katakana"  # WB13
        or (left in {*words_and_digits, "Katakana", "ExtendNumLet"} and right == "ExtendNumLet")
        or (left == "ExtendNumLet" and right in {*words_and_digits, "Katakana"})
    )


def words_by_the_rules(text: str) -> list[str]:
    """The words of UAX #29, one boundary after the other, without any regular expression."""
    parts: list[tuple[str, str]] = []
    for character in text:
        kind = word_class(character)
        if kind in {"Extend", "Format"} and parts and parts[-1][0] not in {"CR", "LF", "Newline"}:
            parts[-1] = (parts[-1][0], parts[-1][1] + character)  # WB4
        else:
            parts.append((kind, character))
    kinds = ["", *(kind for kind, _ in parts), "", ""]
    segments: list[list[str]] = []
    for number, (_, part) in enumerate(parts, start=1):
        if number > 1 and is_joined(*kinds[number - 2 : number + 2]):
            segments[-1].append(part)
        else:
            segments.append([part])
    return ["".join(parts) for parts in segments if any(part[0].isalnum() for part in parts)]


ASCII = st.text(alphabet=st.characters(max_codepoint=127, exclude_characters="_"))
ASCII_WORDS = st.text(alphabet="aeZ09'.,;:\"- \n%")
GENERAL = st.text(alphabet="aeéж05٥'.,;:·\"’- \n%אב״\u0301\u0316\u05b0")


@given(ASCII | ASCII_WORDS | GENERAL)
def test_words_are_those_of_the_rules(text: str) -> None:
    assert words(text) == words_by_the_rules(text)


@given(ASCII_WORDS)
def test_words_of_ascii_do_not_depend_on_what_else_the_text_holds(text: str) -> None:
    assert words(f"{text} é") == [*words(text), "é"]


@pytest.mark.parametrize("text", ["'apple'", "he said 'a b'", "rock 'n' roll", "'em", "y'all 'i"])
def test_words_behind_an_apostrophe(text: str) -> None:
    expected = re.findall(r"[a-z]+(?:'[a-z]+)*", text)
    assert words(text) == expected
    assert words(f"é {text}") == ["é", *expected]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("can`t", "can't"),
        ('a "b" c', "a 'b' c"),
        ("a  b", "a b"),
        ("well....no", "well...no"),
        ("well. . .no", "well...no"),
        ("— no - 5 -", "no - 5"),
        ("(-5)", "-5"),
        ("[a]", "a"),
        ("Straße", "strasse"),
        ("a\nb", "a b"),
        ("a\nb\nc", "a b c"),
        ("a\n\nb\n", "a b"),
        ("a\tb", "a b"),
        ("\ud800 A", "\ud800 a"),
    ],
)
def test_many_are_folded_each_by_itself(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold_many([text]) == [folded]
    assert fold_many(["Pay.", text, "No"]) == ["pay", folded, "no"]
    assert words_many([folded, "no"]) == [words(folded), ["no"]]


def test_fold_the_two_characters_of_an_acute_accent_alike() -> None:
    assert fold("a\u1ffdb") == fold("a\u00b4b") == "a'b"
    assert fold_many(["a\u1ffdb"]) == ["a'b"]


def test_fold_takes_runs_of_marks_that_no_writing_has() -> None:
    # Two marks of other classes in turn: each run of them is to be sorted. As a whole that would
    # take minutes.
    marks = "\u0301\u0323" * 150_000
    folded = fold(f"q{marks} and e\u0301")
    assert folded.startswith("q\u0323\u0323")
    assert folded.endswith(" and é")
    assert len(folded) == 1 + len(marks) + len(" and é")
    assert fold("q\u0301\u0323 e\u0301") == fold("q\u0323\u0301 é")


def test_fold_keeps_no_long_text_in_memory() -> None:
    before = _fold_short.cache_info().currsize
    for number in range(50):
        assert fold(f"Т{number} " + "слово " * 100).startswith(f"т{number} слово")
    assert _fold_short.cache_info().currsize == before


def test_nothing_is_folded_to_nothing() -> None:
    assert fold_many([]) == words_many([]) == []
    assert fold("【（）】") == fold("«é»".replace("é", "…")) == ""


def test_the_sign_of_a_number_in_quotation_marks_stays_beside_other_letters() -> None:
    assert fold("“−5 °, été”") == "-5 °, été"
    assert fold("“− 5 °, été”") == "5 °, été"


NOT_ODD = "aB15'’\"“”.,;:_-–—…%()[ \u00a0"


@given(st.lists(st.text(alphabet=NOT_ODD) | st.text(alphabet=TRICKY + "\n\x1f\ud800"), max_size=4))
def test_many_are_folded_and_split_as_one_by_one(texts: list[str]) -> None:
    folded = fold_many(texts)
    assert folded == [fold(text) for text in texts]
    assert words_many(folded) == [words(text) for text in folded]
