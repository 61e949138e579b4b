"""Punitive measures: kind, status, target and imposer."""

import datetime

import pytest

from harness.providers.rules import extract


def _sanctions(text: str) -> list[tuple[str | None, str | None, str, str]]:
    found = extract(text, datetime.date(2022, 5, 11))["sanctions"]
    return [(s["imposer"], s["target"], s["measure"], s["status"]) for s in found]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (
            "Peru expelled ten Bolivian diplomats.",
            ("Peru", "ten Bolivian diplomats", "expulsion", "imposed"),
        ),
        (
            "Peru will expel two Bolivian attachés.",
            ("Peru", "two Bolivian attachés", "expulsion", "threatened"),
        ),
        (
            "Peru declared the Bolivian ambassador persona non grata.",
            ("Peru", "Bolivian ambassador", "expulsion", "imposed"),
        ),
        (
            "Peru has frozen the assets of six generals.",
            ("Peru", "six generals", "asset_freeze", "imposed"),
        ),
        (
            "Peru imposed a travel ban on six generals.",
            ("Peru", "six generals", "travel_ban", "imposed"),
        ),
        (
            "Peru could impose an arms embargo on Bolivia.",
            ("Peru", "Bolivia", "trade_restriction", "threatened"),
        ),
        (
            "Peru lifted the tariffs on Bolivian tin.",
            ("Peru", "Bolivian tin", "trade_restriction", "lifted"),
        ),
        (
            "Peru ruled out an embargo on Bolivia.",
            ("Peru", "Bolivia", "trade_restriction", "rejected"),
        ),
        (
            "Peru blacklisted four mining companies.",
            ("Peru", "four mining companies", "designation", "imposed"),
        ),
        (
            "Peru imposed sanctions on Bolivia.",
            ("Peru", "Bolivia", "unspecified", "imposed"),
        ),
        (
            "Peru barred its banks from lending to Bolivian mines.",
            ("Peru", "Bolivian mines", "financial_restriction", "imposed"),
        ),
        (
            "Peru's foreign ministry expelled ten Bolivian diplomats.",
            ("Peru", "ten Bolivian diplomats", "expulsion", "imposed"),
        ),
        (
            "Peru is considering sanctions on Bolivia.",
            ("Peru", "Bolivia", "unspecified", "threatened"),
        ),
    ],
)
def test_sanctions_claim(text: str, claim: tuple[str, str, str, str]) -> None:
    assert _sanctions(text) == [claim]


def test_sanctions_repeated_measure_is_one_claim() -> None:
    text = "Peru expelled ten Bolivian diplomats. Peru expelled the ten diplomats at night."
    assert len(_sanctions(text)) == 1


def test_sanctions_day_of_effect_is_taken_from_the_sentence() -> None:
    text = "Peru imposed an arms embargo on Bolivia on May 3."
    assert extract(text, datetime.date(2022, 5, 11))["sanctions"][0]["effective"] == "2022-05-03"


@pytest.mark.parametrize(
    "text",
    [
        "Peru banned nothing and met Bolivia.",
        "We have never expelled a Peruvian diplomat, Bolivia said.",
        "The band travelled to Peru and the bar closed.",
    ],
)
def test_sanctions_words_that_are_no_measure(text: str) -> None:
    assert _sanctions(text) == []
