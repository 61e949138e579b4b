"""Dates as EDTF. The day of publication is Wednesday 11 May 2022."""

import datetime

import pytest

from harness.providers.rules import extract

PUBLISHED = datetime.date(2022, 5, 11)


def _dates(text: str, published: datetime.date | None = PUBLISHED) -> list[tuple[str, str]]:
    return [(d["text"], d["value"]) for d in extract(text, published)["dates"]]


@pytest.mark.parametrize(
    ("sentence", "text", "value"),
    [
        ("The treaty was signed on March 3, 2021.", "March 3, 2021", "2021-03-03"),
        ("The treaty was signed on 3 March 2021.", "3 March 2021", "2021-03-03"),
        ("The treaty was signed on the 3rd of March 2021.", "3rd of March 2021", "2021-03-03"),
        ("The treaty was signed on 2021-03-03.", "2021-03-03", "2021-03-03"),
        ("The treaty was signed on 03.04.2022.", "03.04.2022", "2022-04-03"),
        ("The treaty was signed on 25/12/2021.", "25/12/2021", "2021-12-25"),
        ("The treaty was signed on 12/25/2021.", "12/25/2021", "2021-12-25"),
        ("The treaty was signed on Sept. 5.", "Sept. 5", "2021-09-05"),
        ("The court will rule on June 4.", "June 4", "2022-06-04"),
        ("The talks are due on January 10.", "January 10", "2023-01-10"),
        ("The minister resigned on Monday.", "Monday", "2022-05-09"),
        ("The minister resigned on Wednesday.", "Wednesday", "2022-05-11"),
        ("The minister will resign on Friday.", "Friday", "2022-05-13"),
        ("The court sits next Monday.", "next Monday", "2022-05-16"),
        ("The minister resigned yesterday.", "yesterday", "2022-05-10"),
        ("The ban takes effect tomorrow.", "tomorrow", "2022-05-12"),
        ("The war ended in March 2019.", "March 2019", "2019-03"),
        ("The war ended in March.", "March", "2022-03"),
        ("The vote will be held in August.", "August", "2022-08"),
        ("The war ended in 2014.", "2014", "2014"),
        ("It began in the summer of 2021.", "summer of 2021", "2021-22"),
        ("It began last winter.", "last winter", "2022-24"),
        ("The talks begin next week.", "next week", "2022-05-16/2022-05-22"),
        ("The fair was held on 3-5 April.", "3-5 April", "2022-04-03/2022-04-05"),
        ("Prices rose last month.", "last month", "2022-04"),
        ("She took office last year.", "last year", "2021"),
    ],
)
def test_dates_value(sentence: str, text: str, value: str) -> None:
    assert (text, value) in _dates(sentence)


@pytest.mark.parametrize(
    ("sentence", "text", "value"),
    [
        ("It fell at 4:25 p.m. Lima time.", "4:25 p.m. Lima time", "2022-05-11T16:25:00-05:00"),
        ("It fell at 1500 GMT on Monday.", "1500 GMT", "2022-05-09T15:00:00+00:00"),
        ("It fell at 10:30 on Monday.", "10:30", "2022-05-09T10:30:00"),
        ("It fell at 9am EDT.", "9am EDT", "2022-05-11T09:00:00-04:00"),
        ("It fell at noon on Monday.", "noon", "2022-05-09T12:00:00"),
        ("It fell at 8 p.m. Berlin time.", "8 p.m. Berlin time", "2022-05-11T20:00:00+02:00"),
    ],
)
def test_dates_clock_time(sentence: str, text: str, value: str) -> None:
    assert (text, value) in _dates(sentence)


def test_dates_one_instant_in_two_zones_is_one_claim() -> None:
    found = _dates("It fell at 10 a.m. Lima time (1500 GMT) on Monday.")
    assert [value for _, value in found if "T" in value] == ["2022-05-09T10:00:00-05:00"]


def test_dates_one_day_named_twice_is_one_claim() -> None:
    found = _dates("He left on Monday. On May 9 she left too.")
    assert found == [("Monday", "2022-05-09")]


def test_dates_dateline_gives_its_day() -> None:
    found = _dates("QUITO, May 10 (Condor Wire) — The minister resigned.")
    assert found == [("May 10", "2022-05-10")]


def test_dates_tense_of_each_verb_decides() -> None:
    found = _dates("The ministry said on Monday it will close the office on Friday.")
    assert found == [("Monday", "2022-05-09"), ("Friday", "2022-05-13")]


@pytest.mark.parametrize(
    "sentence",
    [
        "It cost 2,020 dollars and 1999 troops left.",
        "He waited for three days, recently, in the 1990s.",
        "Flight 2014 landed.",
        "They march 3 miles and may 5 of them rest.",
        "The score was 31/02/2021.",
    ],
)
def test_dates_what_only_looks_like_a_date(sentence: str) -> None:
    assert _dates(sentence) == []


def test_dates_without_publication_only_full_dates_resolve() -> None:
    assert _dates("He left on Monday.", None) == []
    assert _dates("He left on March 3, 2021.", None) == [("March 3, 2021", "2021-03-03")]
