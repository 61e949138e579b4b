from __future__ import annotations

import pytest

from harness.providers.rate_headers import exhausted_for_s, retry_after_s


def limits(kind: str, remaining: str, reset: str) -> dict[str, str]:
    return {f"x-ratelimit-remaining-{kind}": remaining, f"x-ratelimit-reset-{kind}": reset}


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("20ms", 0.02),
        ("1h2m3.5s", 3723.5),
        ("8.64s", 8.64),
        ("7", 7),
        (" 1S ", 1),
        ("-3", 0),
        ("", None),
        ("soon", None),
        ("1s soon", None),
        ("5 s", None),
    ],
)
def test_a_limit_that_is_used_up_says_for_how_long(reset: str, seconds: float | None) -> None:
    found = exhausted_for_s(limits("requests", "0", reset))
    assert found is None if seconds is None else found == pytest.approx(seconds)


def test_of_two_limits_that_are_used_up_the_longer_counts() -> None:
    headers = limits("requests", "0", "1s") | limits("tokens", "0", "3s")
    assert exhausted_for_s(headers) == 3
    assert exhausted_for_s(headers | limits("tokens", "5", "3s")) == 1


def test_a_limit_that_is_not_used_up_says_nothing() -> None:
    assert exhausted_for_s(limits("requests", "1", "60s")) is None
    assert exhausted_for_s({}) is None


def test_retry_after_beats_the_limits() -> None:
    assert retry_after_s({"retry-after": "2", **limits("tokens", "0", "9s")}) == 2
    assert retry_after_s(limits("tokens", "0", "9s")) == 9
    assert retry_after_s({"retry-after": "0"}) == 0
