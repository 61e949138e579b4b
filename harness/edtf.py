"""Dates and times of claims, written in EDTF and read as intervals of time.

EDTF is the profile of ISO 8601-1 and -2 published by the Library of Congress
(https://www.loc.gov/standards/datetime/, 4 February 2019). Levels 0 and 1 are read; what is
level 2 (sets, exponents, seasons 25 to 41, a qualifier or an X inside a date) is an error.

Read beyond the specification:

- a clock time without seconds (``2021-12-30T16:25Z``);
- clock times and seasons as the ends of an interval;
- a qualifier on, and an interval with, any date of level 1 (``2021-22~``, ``201X/..``).

Nothing else is: no lower case, no space, no fraction of a second, no leap second, no year
``-0000``, no offset ``-00:00``. Years have at most ten digits, so that every length of time
in seconds, and with it both parts of every similarity, fits into 64 bits.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Literal

__all__ = ["EdtfError", "Interval", "overlap", "overlap_s", "parse", "same"]

_DAY_S = 86_400
_MINUTE_S = 60
_MAX_CHARS = 100
_MAX_YEAR_DIGITS = 10
_EXPECTED = (
    "expected e.g. 2021-04-15, 2021-04, 2021, 2021-22 (summer 2021), 2021-12-30T16:25:00-05:00, "
    "2021-04-12/2021-04-18 or 2021-04-12/.."
)
_UNBOUNDED = ("", "..")

_DATE = re.compile(
    r"(?P<year>(?!-0000)-?[0-9]{2}(?:[0-9]{2}|[0-9]X|XX))"
    r"(?:-(?P<month>[0-9]{2}|XX)(?:-(?P<day>[0-9]{2}|XX))?)?[?~%]?"
)
_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONG_YEAR = re.compile(r"(?P<year>Y-?[1-9][0-9]{4,})[?~%]?")
_INSTANT = re.compile(
    r"(?P<year>(?!-0000)-?[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"(?P<shift>Z|[+-][0-9]{2}(?::[0-9]{2})?)?"
)

_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_TO_1970 = 719_162  # from 0001-01-01


class EdtfError(ValueError):
    """A text that is no EDTF value of level 0 or 1.

    Parameters
    ----------
    value : str
        The whole text as it was given.
    reason : str
        What is wrong with it, or examples of what was expected.
    """

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(value, reason)
        self.value = value
        self.reason = reason

    def __str__(self) -> str:
        shown = self.value
        if len(shown) > _MAX_CHARS:
            shown = shown[: _MAX_CHARS // 2] + "..."
        return f"{shown!r} is not an EDTF value: {self.reason}"


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of time, half-open: ``start <= t < end``.

    Ask `same` whether two are the same interval. ``==`` asks in addition for the same `clock`,
    so a day is not ``==`` to the span of its first to its last minute, though it is the same.

    Attributes
    ----------
    start, end : int or None
        Whole seconds since 1970-01-01T00:00:00 on the proleptic Gregorian calendar with
        astronomical years (0000 is 1 BC), without leap seconds. In UTC where `clock` is
        ``"utc"``, else as the calendar and the clock on the wall show it. None where the
        interval has no known bound on that side. Always ``start < end``.
    precision : str
        What the value denotes: ``"instant"``, ``"day"``, ``"month"``, ``"season"``, ``"year"``,
        ``"decade"``, ``"century"``, or ``"interval"`` where it is written with a solidus. An
        unspecified part widens it: 2004-XX is a year. Never compared.
    clock : str
        ``"date"`` for calendar dates, which belong to no time zone; ``"utc"`` for clock times
        with an offset, and intervals with one at an end; ``"wall"`` for clock times without.
    start_unknown, end_unknown : bool
        Of a bound that is None: True where it exists but is not known (``1985/``), False where
        the interval is open (``1985/..``).
    """

    start: int | None
    end: int | None
    precision: Literal[
        "instant", "day", "month", "season", "year", "decade", "century", "interval"
    ] = field(compare=False)
    clock: Literal["date", "wall", "utc"] = "date"
    start_unknown: bool = False
    end_unknown: bool = False

    @property
    def zoned(self) -> bool:
        """Whether the bounds are in UTC, because an offset was given."""
        return self.clock == "utc"


def parse(value: str) -> Interval:
    """Read an EDTF value of level 0 or 1.

    Qualifiers (``?``, ``~``, ``%``) are checked and dropped. A day runs to its last second. An
    instant is the minute that holds it; 24:00:00 is the midnight that ends the day. Seasons are
    the northern meteorological ones: 2021-21 is March to May 2021, 2021-22 June to August,
    2021-23 September to November, 2021-24 December 2021 to February 2022.

    An interval runs from the start of its first value to the end of its second, both included.
    Where only one of the two has an offset, that offset holds for a date on the other side, and
    a clock time at the end takes it over from the start, as ISO 8601-1 has it.

    Parameters
    ----------
    value : str
        The text, without surrounding space, at most 100 characters.

    Returns
    -------
    Interval
        The interval of time that the value denotes.

    Raises
    ------
    EdtfError
        If the text is not EDTF of level 0 or 1, names a day or time that does not exist, or an
        interval that ends before it starts.

    Examples
    --------
    >>> day = parse("2021-04-15")
    >>> day.precision, (day.end or 0) - (day.start or 0)
    ('day', 86400)
    """
    if len(value) > _MAX_CHARS:
        raise EdtfError(value, f"{len(value)} characters, at most {_MAX_CHARS} are read")
    return _parse(value)


def same(a: Interval, b: Interval) -> bool:
    """Whether two intervals of time are the same.

    Bounds are compared, not how they were written: 2021-01 is the same as
    2021-01-01/2021-01-31, and 2004-XX as 2004. Instants with an offset compare in UTC. A clock
    time without an offset is never the same as one with an offset; dates, which have no zone,
    can meet either. Open (``..``) and unknown (empty) bounds differ from each other.

    Parameters
    ----------
    a, b : Interval
        The two intervals, in either order.

    Returns
    -------
    bool
        Whether the two cover the same time.
    """
    return (
        a.start == b.start
        and a.end == b.end
        and a.start_unknown == b.start_unknown
        and a.end_unknown == b.end_unknown
        and _comparable(a, b)
    )


def overlap(a: Interval, b: Interval) -> Fraction:
    """How similar two intervals of time are: their overlap over their union.

    Against an instant with an offset a date is taken as its range in UTC; against one without,
    as the day on the wall calendar.

    Parameters
    ----------
    a, b : Interval
        The two intervals, in either order.

    Returns
    -------
    fractions.Fraction
        Exact, from 0 to 1. It is 1 if and only if `same`. It is 0 where the intervals do not
        meet; between a clock time with and one without an offset; and, because a ratio of
        unbounded lengths has no value, wherever either has an open or unknown bound and the two
        are not the same.
    """
    return Fraction(1) if same(a, b) else Fraction(*overlap_s(a, b))


def overlap_s(a: Interval, b: Interval) -> tuple[int, int]:
    """The seconds of the overlap and of the union of two intervals that are not the same.

    Their ratio is that of `overlap`; where that is 0, they are 0 and 1.
    """
    if a.start is None or a.end is None or b.start is None or b.end is None:
        return 0, 1
    shared = min(a.end, b.end) - max(a.start, b.start)
    if shared <= 0 or not _comparable(a, b):
        return 0, 1
    return shared, max(a.end, b.end) - min(a.start, b.start)


def _comparable(a: Interval, b: Interval) -> bool:
    return a.clock == b.clock or a.clock == "date" or b.clock == "date"


@lru_cache(maxsize=16384)
def _parse(value: str) -> Interval:
    try:
        return _span(value) if "/" in value else _point(value)[0]
    except EdtfError as error:
        if error.value == value:
            raise
        raise EdtfError(value, f"in {error.value!r}, {error.reason}") from error


def _plain_day(text: str) -> Interval | None:
    """Most values, in compiled code; not the year 0000, nor a day that does not exist."""
    if not _PLAIN_DAY.fullmatch(text):
        return None
    try:
        days = date.fromisoformat(text).toordinal() - 1 - _DAYS_TO_1970
    except ValueError:
        return None
    return Interval(days * _DAY_S, (days + 1) * _DAY_S, "day")


def _span(value: str) -> Interval:
    parts = value.split("/")
    if len(parts) != 2:
        raise EdtfError(value, "an interval has one '/', between its two ends")
    if all(part in _UNBOUNDED for part in parts):
        raise EdtfError(value, "an interval has a date at one end at least")
    (first, first_shift), (last, last_shift) = map(_bound, parts)
    if first.clock == "wall" and last.clock == "utc":
        raise EdtfError(value, "its end has an offset from UTC and its start has none")

    shift = last_shift if first_shift is None else first_shift
    start, end = first.start, last.end
    if shift is not None:
        if start is not None and not first.zoned:
            start -= shift
        if end is not None and not last.zoned:
            end -= shift
    if start is not None and end is not None and start >= end:
        raise EdtfError(value, "it ends before it starts")
    clocks = (first.clock, last.clock)
    return Interval(
        start,
        end,
        "interval",
        clock="utc" if "utc" in clocks else "wall" if "wall" in clocks else "date",
        start_unknown=parts[0] == "",
        end_unknown=parts[1] == "",
    )


def _bound(part: str) -> tuple[Interval, int | None]:
    if part in _UNBOUNDED:
        return Interval(None, None, "interval"), None
    return _point(part)


def _point(text: str) -> tuple[Interval, int | None]:
    """Read a date or an instant; with it its offset from UTC in seconds, if it has one."""
    if day := _plain_day(text):
        return day, None
    if "T" in text and (instant := _INSTANT.fullmatch(text)):
        return _instant(instant)
    if text.startswith("Y") and (long_year := _LONG_YEAR.fullmatch(text)):
        if len(long_year["year"].lstrip("Y-")) > _MAX_YEAR_DIGITS:
            raise EdtfError(text, f"a year has at most {_MAX_YEAR_DIGITS} digits")
        return _years(long_year["year"]), None
    match = _DATE.fullmatch(text)
    if not match:
        raise EdtfError(text, _EXPECTED)
    return _date(match), None


def _instant(match: re.Match[str]) -> tuple[Interval, int | None]:
    hour, minute = map(int, match.group("hour", "minute"))
    second = int(match["second"] or 0)
    is_in_day = hour <= 23 and minute <= 59 and second <= 59
    if not is_in_day and (hour, minute, second) != (24, 0, 0):
        raise EdtfError(match[0], "a clock time is from 00:00:00 to 23:59:59, or 24:00:00")
    shift = _shift(match["shift"])
    start = _day(match) + hour * 3600 + minute * _MINUTE_S - (shift or 0)
    clock: Literal["wall", "utc"] = "wall" if shift is None else "utc"
    return Interval(start, start + _MINUTE_S, "instant", clock), shift


def _shift(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[4:6] or 0)
    if hours > 23 or minutes > 59:
        raise EdtfError(text, "an offset is hours up to 23 and minutes up to 59")
    shift = hours * 3600 + minutes * _MINUTE_S
    if text[0] == "+":
        return shift
    if shift == 0:
        raise EdtfError(text, "an offset of zero is written Z or +00:00")
    return -shift


def _date(match: re.Match[str]) -> Interval:
    month, day = match["month"], match["day"]
    if month is None:
        return _years(match["year"])
    if "X" in match["year"] or (month == "XX" and day not in (None, "XX")):
        raise EdtfError(match[0], "only digits from the right are unspecified; others are level 2")
    if month == "XX":
        return _years(match["year"])
    if day is not None and day != "XX":
        start = _day(match)
        return Interval(start, start + _DAY_S, "day")
    year, number = int(match["year"]), int(month)
    if 1 <= number <= 12:
        return Interval(_midnight(year, number), _midnight(year, number + 1), "month")
    if 21 <= number <= 24 and day is None:
        opening = 3 * (number - 20)
        return Interval(_midnight(year, opening), _midnight(year, opening + 3), "season")
    level = ", and 25 to 41 are level 2" if 25 <= number <= 41 else ""
    raise EdtfError(match[0], f"a month is 01 to 12, a season (without a day) 21 to 24{level}")


def _day(match: re.Match[str]) -> int:
    """Seconds from 1970 to the start of the day that the groups of a match name."""
    year, month, day = map(int, match.group("year", "month", "day"))
    if not 1 <= month <= 12:
        raise EdtfError(match[0], "the month of a day is 01 to 12")
    start = _midnight(year, month)
    if 1 <= day <= 28:  # every month has these
        return start + (day - 1) * _DAY_S
    n_days = (_midnight(year, month + 1) - start) // _DAY_S
    if not 1 <= day <= n_days:
        raise EdtfError(match[0], f"{match['year']}-{match['month']} has the days 01 to {n_days}")
    return start + (day - 1) * _DAY_S


def _years(text: str) -> Interval:
    digits = text.lstrip("Y-")
    low, high = int(digits.replace("X", "0")), int(digits.replace("X", "9"))
    if "-" in text:
        low, high = -high, -max(low, 1)  # the year zero has no sign, so -000X ends at -1
    precision: Literal["year", "decade", "century"] = "year"
    if "X" in digits:
        precision = "century" if "XX" in digits else "decade"
    return Interval(_midnight(low, 1), _midnight(high + 1, 1), precision)


@lru_cache(maxsize=4096)
def _midnight(year: int, month: int) -> int:
    """Seconds from 1970 to the start of a month; months past 12 run on into the next year."""
    year, index = year + (month - 1) // 12, (month - 1) % 12
    past = year - 1
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = 365 * past + past // 4 - past // 100 + past // 400 - _DAYS_TO_1970
    return (days + _DAYS_BEFORE_MONTH[index] + (is_leap and index >= 2)) * _DAY_S
