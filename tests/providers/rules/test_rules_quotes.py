"""Pairing of quotation marks, and who speaks."""

import pytest

from harness.providers.rules import extract

LEAD = "Trade minister Ana Ruiz met reporters in Quito.\n\n"


def _quotes(text: str) -> list[tuple[str, str | None]]:
    return [(q["text"], q["speaker"]) for q in extract(LEAD + text, None)["quotes"]]


@pytest.mark.parametrize(
    "text",
    [
        "“The door is open,” Ruiz said.",
        '"The door is open," said Ruiz.',
        "„The door is open“, Ruiz said.",
        "«The door is open», Ruiz said.",
        "\u2018The door is open,\u2019 Ruiz said.",
        "'The door is open,' Ruiz said.",
        "“The door is open, ”Ruiz said.",
        "“The door is open,“ Ruiz said.",
        "”The door is open,” Ruiz said.",
        "“The door is open, Ruiz said.",
        '"The door is open, Ruiz said.',
        'Ruiz said: "The door is open."',
        'Ruiz: "The door is open."',
        '"The door is open..." she said.',
        'According to Ruiz, "the door is open".'.replace("the door", "The door"),
        '"The door is open," Ruiz, who took office last year, told reporters.',
        'Ruiz shook her head. "The door is open."',
        "“ The door is open ”, the minister said.",
    ],
)
def test_quotes_one_quotation_however_it_is_marked(text: str) -> None:
    assert _quotes(text) == [("The door is open", "Ana Ruiz")]


def test_quotes_each_pair_of_marks_is_one_claim() -> None:
    found = _quotes('"We waited," Ruiz said. "We are done waiting."')
    assert found == [("We waited", "Ana Ruiz"), ("We are done waiting", "Ana Ruiz")]


def test_quotes_partial_quotation_has_the_subject_as_speaker() -> None:
    assert _quotes('Ruiz called the plan "a bad joke" on Monday.') == [("a bad joke", "Ana Ruiz")]


def test_quotes_unnamed_speaker_is_described() -> None:
    assert _quotes('"It is late," a senior official said.') == [("It is late", "senior official")]


def test_quotes_same_words_twice_are_one_claim() -> None:
    assert len(_quotes('Ruiz said it was "absurd". Again she said "absurd".')) == 1


def test_quotes_apostrophes_are_no_marks() -> None:
    assert _quotes("The workers' union and the drivers' union don't agree, Ruiz said.") == []


def test_quotes_plural_possessive_does_not_close() -> None:
    found = _quotes("\u2018We know the workers\u2019 rights and keep them,\u2019 Ruiz said.")
    assert found == [("We know the workers\u2019 rights and keep them", "Ana Ruiz")]


def test_quotes_quotation_over_two_paragraphs_without_a_second_opening() -> None:
    found = _quotes("“The door is open.\n\nIt stays open,” Ruiz said.")
    assert found == [("The door is open.\n\nIt stays open", "Ana Ruiz")]


def test_quotes_quotation_over_two_paragraphs_with_a_second_opening() -> None:
    found = _quotes("“The door is open.\n\n“It stays open,” Ruiz said.")
    assert [words for words, _ in found] == ["The door is open", "It stays open"]


def test_quotes_pronoun_is_the_person_of_its_gender() -> None:
    found = _quotes('Governor Peter Okoro agreed with her. "It is late," she said.')
    assert found == [("It is late", "Ana Ruiz")]


def test_quotes_spokesman_of_a_body_is_named_where_the_article_names_him() -> None:
    found = _quotes('A spokesman for the Border Agency, Karl Borg, said it was "ready".')
    assert found == [("ready", "Karl Borg")]


def test_quotes_body_speaks_in_a_statement() -> None:
    found = _quotes('The Border Agency said in a statement that it was "ready".')
    assert found == [("ready", "Border Agency")]


def test_quotes_furniture_is_not_read() -> None:
    assert _quotes('Nobody spoke.\n\nComments (3)\n\nMarge: "Great post, thank you all!"') == []
