"""The EDTF parser against the published examples, the stated equalities, and `datetime`."""

import datetime as dt
import doctest
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import edtf
from harness.edtf import EdtfError, Interval, overlap, parse, same

DAY_S = 86_400
CYCLE_S = 146_097 * DAY_S  # 400 Gregorian years, after which the calendar repeats
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def seconds(text: str) -> int:
    """Whole seconds from 1970 to an ISO date or date-time, by the standard library."""
    moment = dt.datetime.fromisoformat(text)
    return (moment.replace(tzinfo=moment.tzinfo or dt.UTC) - EPOCH) // dt.timedelta(seconds=1)


# The examples of levels 0 and 1 in the specification of the Library of Congress (4 February
# 2019) that lie in the years 1 to 9999: value, first moment, first moment after, precision.
PUBLISHED = [
    ("1985-04-12", "1985-04-12", "1985-04-13", "day"),
    ("1985-04", "1985-04-01", "1985-05-01", "month"),
    ("1985", "1985-01-01", "1986-01-01", "year"),
    ("1985-04-12T23:20:30", "1985-04-12T23:20", "1985-04-12T23:21", "instant"),
    ("1985-04-12T23:20:30Z", "1985-04-12T23:20", "1985-04-12T23:21", "instant"),
    ("1985-04-12T23:20:30-04", "1985-04-13T03:20", "1985-04-13T03:21", "instant"),
    ("1985-04-12T23:20:30+04:30", "1985-04-12T18:50", "1985-04-12T18:51", "instant"),
    ("1964/2008", "1964-01-01", "2009-01-01", "interval"),
    ("2004-06/2006-08", "2004-06-01", "2006-09-01", "interval"),
    ("2004-02-01/2005-02-08", "2004-02-01", "2005-02-09", "interval"),
    ("2004-02-01/2005-02", "2004-02-01", "2005-03-01", "interval"),
    ("2004-02-01/2005", "2004-02-01", "2006-01-01", "interval"),
    ("2005/2006-02", "2005-01-01", "2006-03-01", "interval"),
    ("2001-21", "2001-03-01", "2001-06-01", "season"),
    ("1984?", "1984-01-01", "1985-01-01", "year"),
    ("2004-06~", "2004-06-01", "2004-07-01", "month"),
    ("2004-06-11%", "2004-06-11", "2004-06-12", "day"),
    ("201X", "2010-01-01", "2020-01-01", "decade"),
    ("20XX", "2000-01-01", "2100-01-01", "century"),
    ("2004-XX", "2004-01-01", "2005-01-01", "year"),
    ("1985-04-XX", "1985-04-01", "1985-05-01", "month"),
    ("1985-XX-XX", "1985-01-01", "1986-01-01", "year"),
    ("1985-04-12/..", "1985-04-12", None, "interval"),
    ("1985-04/..", "1985-04-01", None, "interval"),
    ("1985/..", "1985-01-01", None, "interval"),
    ("../1985-04-12", None, "1985-04-13", "interval"),
    ("../1985-04", None, "1985-05-01", "interval"),
    ("../1985", None, "1986-01-01", "interval"),
    ("1985-04-12/", "1985-04-12", None, "interval"),
    ("1985-04/", "1985-04-01", None, "interval"),
    ("1985/", "1985-01-01", None, "interval"),
    ("/1985-04-12", None, "1985-04-13", "interval"),
    ("/1985-04", None, "1985-05-01", "interval"),
    ("/1985", None, "1986-01-01", "interval"),
]


@pytest.mark.parametrize(("value", "start", "end", "precision"), PUBLISHED)
def test_parse_published(value: str, start: str | None, end: str | None, precision: str) -> None:
    interval = parse(value)
    assert interval.start == (None if start is None else seconds(start))
    assert interval.end == (None if end is None else seconds(end))
    assert interval.precision == precision
    assert interval.start_unknown is value.startswith("/")
    assert interval.end_unknown is value.endswith("/")


@pytest.mark.parametrize(
    ("value", "like", "n_cycles"),
    [
        # The published years outside 1 to 9999, each beside a year at the same place in a cycle.
        ("Y170000002", "0002", 425_000),
        ("Y-170000002", "0398", -425_001),
        ("-1985", "0015", -5),
        ("0000", "0400", -1),
        ("-0001", "0399", -1),
        ("-0004-02-29", "0396-02-29", -1),
        ("-2003-22", "0397-22", -6),
        ("Y10000", "2000", 20),
    ],
)
def test_parse_far_years(value: str, like: str, n_cycles: int) -> None:
    far, near = parse(value), parse(like)
    assert near.start is not None and near.end is not None
    assert (far.start, far.end) == (near.start + n_cycles * CYCLE_S, near.end + n_cycles * CYCLE_S)
    assert far.precision == near.precision


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("2021-21", "2021-03-01/2021-05-31"),
        ("2021-22", "2021-06-01/2021-08-31"),
        ("2021-23", "2021-09-01/2021-11-30"),
        ("2021-24", "2021-12-01/2022-02-28"),
        ("2023-24", "2023-12-01/2024-02-29"),
    ],
)
def test_parse_season(value: str, span: str) -> None:
    assert same(parse(value), parse(span))
    assert parse(value).precision == "season"


def test_parse_season_past_9999() -> None:
    winter = parse("9999-24")
    assert winter.start == parse("9999-12").start == seconds("9999-12-01")
    assert winter.end == seconds("9999-12-31") + (1 + 31 + 29) * DAY_S


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("-201X", "-2019/-2010"),
        ("-20XX", "-2099/-2000"),
        ("-000X", "-0009/-0001"),
        ("-00XX", "-0099/-0001"),
        ("000X", "0000/0009"),
    ],
)
def test_parse_unspecified_years(value: str, span: str) -> None:
    assert same(parse(value), parse(span))


# Equal as intervals of time, in either order.
SAME = [
    ("2021-01", "2021-01-01/2021-01-31"),
    ("2021-22", "2021-06/2021-08"),
    ("2021-24", "2021-12/2022-02"),
    ("2021-04-15?", "2021-04-15"),
    ("2021-04-15~", "2021-04-15%"),
    ("2021-22~", "2021-22"),
    ("1984?/2004-06~", "1984/2004-06"),
    ("2004-XX", "2004"),
    ("2004-XX-XX", "2004-01/2004-12"),
    ("2004-02-XX", "2004-02-01/2004-02-29"),
    ("201X", "2010/2019"),
    ("2004-06-11/2004-06", "2004-06-11/2004-06-30"),
    ("2021-04-15/2021-04-15", "2021-04-15"),
    ("2021-12-30T16:25:00", "2021-12-30T16:25:59"),
    ("2021-12-30T16:25", "2021-12-30T16:25:00"),
    ("2021-12-30T16:25:00-05:00", "2021-12-30T21:25:00Z"),
    ("2021-12-30T16:25:00-05:00", "2021-12-31T00:25:30+03"),
    ("2021-12-30T16:25Z", "2021-12-30T16:25+00:00"),
    ("2021-12-30T24:00:00", "2021-12-31T00:00:00"),
    ("2021-12-31T24:00:00Z", "2022-01-01T00:00:00Z"),
    ("2021-12-30T16:25Z/2021-12-30T16:25Z", "2021-12-30T16:25Z"),
    (
        "2021-12-30T15:35:00-05:00/2021-12-30T16:25:00-05:00",
        "2021-12-30T20:35:30Z/2021-12-31T00:25:59+03:00",
    ),
    # An end without an offset takes the start's; a date takes that of the other end.
    ("2021-12-30T15:35-05:00/2021-12-30T16:25", "2021-12-30T20:35Z/2021-12-30T21:25Z"),
    ("2021-12-30T20:00-05:00/2021-12-30", "2021-12-31T01:00Z/2021-12-31T04:59Z"),
    ("2021-12-30/2021-12-30T20:00-05:00", "2021-12-30T05:00Z/2021-12-31T01:00Z"),
    ("2021-12-30T15:35-05:00/..", "2021-12-30T20:35Z/.."),
    # A date is the range of its day on the wall and, against an offset, in UTC.
    ("2021-12-30", "2021-12-30T00:00/2021-12-30T23:59"),
    ("2021-12-30", "2021-12-30T00:00Z/2021-12-30T23:59Z"),
    ("1985/..", "1985-01-01/.."),
    ("/1985", "/1985-12"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_same_equal(a: str, b: str) -> None:
    assert same(parse(a), parse(b))
    assert same(parse(b), parse(a))
    assert overlap(parse(a), parse(b)) == 1


# Not equal; with their similarity.
DIFFERENT = [
    ("2021-04-15", "2021-04-16", Fraction(0)),
    ("2021-04-15", "2021-04-15/2021-04-16", Fraction(1, 2)),
    ("2021-04-12/2021-04-18", "2021-04-15/2021-04-21", Fraction(4, 10)),
    ("2021-04-15", "2021-04", Fraction(1, 30)),
    ("2021", "2021-01", Fraction(31, 365)),
    ("202X", "2021", Fraction(365, 3653)),
    ("Y170000002", "Y170000003", Fraction(0)),
    ("2021-12-30T16:25", "2021-12-30T16:26", Fraction(0)),
    ("2021-12-30T16:25Z", "2021-12-30T16:25-05:00", Fraction(0)),
    ("2021-12-30T16:25Z", "2021-12-30T16:20Z/2021-12-30T16:29Z", Fraction(1, 10)),
    # Without and with an offset, be it zero.
    ("2021-12-30T16:25", "2021-12-30T16:25Z", Fraction(0)),
    ("2021-12-30T16:25", "2021-12-30T16:25-05:00", Fraction(0)),
    ("2021-12-30T16:25/..", "2021-12-30T16:25Z/..", Fraction(0)),
    # A clock time in a day: on the wall, and in UTC (where 21:25 in Washington is the next day).
    ("2021-12-30T21:25", "2021-12-30", Fraction(1, 1440)),
    ("2021-12-30T21:25-05:00", "2021-12-30", Fraction(0)),
    ("2021-12-30T21:25-05:00", "2021-12-31", Fraction(1, 1440)),
    # Open, unknown, closed.
    ("1985/..", "1985", Fraction(0)),
    ("../1985", "1985", Fraction(0)),
    ("1985/..", "1985/9999", Fraction(0)),
    ("1985/..", "1985/", Fraction(0)),
    ("../1985", "/1985", Fraction(0)),
    ("1985/..", "1986/..", Fraction(0)),
    ("../1985", "1986/..", Fraction(0)),
    ("1985/", "1985", Fraction(0)),
]


@pytest.mark.parametrize(("a", "b", "similarity"), DIFFERENT)
def test_overlap_different(a: str, b: str, similarity: Fraction) -> None:
    assert not same(parse(a), parse(b))
    assert not same(parse(b), parse(a))
    assert overlap(parse(a), parse(b)) == similarity
    assert overlap(parse(b), parse(a)) == similarity


@pytest.mark.parametrize(
    ("value", "clock", "zoned"),
    [
        ("2021-12-30", "date", False),
        ("2021-12/2022-01", "date", False),
        ("2021-12/..", "date", False),
        ("2021-12-30T16:25:00", "wall", False),
        ("2021-12-30/2021-12-30T16:25", "wall", False),
        ("2021-12-30T16:25:00Z", "utc", True),
        ("/2021-12-30T16:25:00-05:00", "utc", True),
        ("2021-12-30/2021-12-30T16:25Z", "utc", True),
    ],
)
def test_interval_clock(value: str, clock: str, zoned: bool) -> None:
    assert parse(value).clock == clock
    assert parse(value).zoned is zoned


def test_interval_equality() -> None:
    assert parse("2021-01") == parse("2021-01-01/2021-01-31")
    assert hash(parse("2021-01")) == hash(parse("2021-01-01/2021-01-31"))
    assert parse("1985/..") != parse("1985/")


INVALID = [
    # Not dates, or not written as EDTF writes them.
    "",
    " ",
    "Thursday",
    "null",
    "15 April 2021",
    "04/15/2021",
    "2021/04/15",
    "20210415",
    "2021-4-15",
    "21-04-15",
    "198",
    "19850",
    "+1985",
    "2021-",
    "2021-04-",
    "2021-105",
    "2021-W15-4",
    "2021-04-15 ",
    " 2021-04-15",
    "2021-04-15\n",
    "2021\u201304\u201315",
    "\u0662\u0660\u0662\u0661",
    "\uff12\uff10\uff12\uff11",
    # Days, months and seasons that do not exist.
    "2021-00",
    "2021-13",
    "2021-20",
    "2021-25",
    "2021-41",
    "2021-42",
    "2021-99",
    "2021-21-05",
    "2021-21-XX",
    "2021-13-XX",
    "2021-04-00",
    "2021-04-31",
    "2021-02-29",
    "2021-02-30",
    "1900-02-29",
    "2100-02-29T10:00:00Z",
    "-0000",
    "-0000-01-01T00:00Z",
    # Clock times.
    "2021-12-30T",
    "2021-12-30T16",
    "2021-12-30T16Z",
    "2021-12-30T1625",
    "2021-12-30T6:25",
    "2021-12-30 16:25:00",
    "2021-12-30t16:25:00",
    "2021-12-30T16:25:00z",
    "2021-12-30T16:25:00.000Z",
    "2021-12-30T16:25:",
    "2021-12-30T16:60:00",
    "2021-12-30T16:25:60",
    "2016-12-31T23:59:60Z",
    "2021-12-30T24:00:01",
    "2021-12-30T24:01",
    "2021-12-30T25:00:00",
    "2021-12-30T16:25:00-5",
    "2021-12-30T16:25:00-0500",
    "2021-12-30T16:25:00-05:60",
    "2021-12-30T16:25:00+24:00",
    "2021-12-30T16:25:00-00:00",
    "2021-12-30T16:25:00-00",
    "2021-12-30T16:25:00 -05:00",
    "2021-12-30T16:25:00\u221205:00",
    "2021-12-30T16:25:00EST",
    "2021-12-30T16:25:00Z?",
    "2021-12T16:25:00",
    "T16:25:00",
    # Qualifiers.
    "?",
    "1984?~",
    "1984??",
    "~1984",
    "1984 ?",
    # Unspecified digits.
    "XXXX",
    "1XXX",
    "X",
    "201x",
    "201u",
    "19X5",
    "201X-01",
    "201X-XX",
    "1985-XX-12",
    "1985-1X",
    "1985-04-1X",
    "1985-X",
    "2004-XXT16:25",
    # Years of more than four digits.
    "Y1985",
    "Y01985",
    "y170000002",
    "Y+170000002",
    "Y17000-01",
    "Y1700X",
    # Intervals.
    "/",
    "..",
    "../..",
    "/..",
    "../",
    "1985/1986/1987",
    "1985//",
    "1985/...",
    "1985/.",
    "1985/open",
    "1985/unknown",
    "1985 / 1986",
    "1985--1986",
    "2008/1964",
    "2021-04-18/2021-04-12",
    "2021-12-30T16:25/2021-12-30T16:24",
    "2021-12-30T16:25-05:00/2021-12-30T16:25Z",
    "2021-12-30T15:35/2021-12-30T16:25-05:00",
    "2021-04-15/Thursday",
    "2021-02-30/..",
    "2021-04-12/P7D",
    "2021-12-30T15:35/16:25",
    # Level 2.
    "Y17E7",
    "1950S2",
    "[1667,1668]",
    "{1960,1961-12}",
    "..1984",
    "1984..",
    "2004-06~-11",
    "?2004-06",
    "156X-12-25",
]


@pytest.mark.parametrize("value", INVALID)
def test_parse_invalid(value: str) -> None:
    with pytest.raises(EdtfError) as caught:
        parse(value)
    assert caught.value.value == value
    assert str(caught.value).startswith(f"{value!r} is not an EDTF value: ")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Thursday", "'Thursday' is not an EDTF value: expected e.g. 2021-04-15,"),
        ("2021-02-30", "2021-02 has the days 01 to 28"),
        ("2021-02-30T10:00:00Z", "2021-02 has the days 01 to 28"),
        ("2021-13", "a month is 01 to 12"),
        ("2021-25", "25 to 41 are level 2"),
        ("2021-21-05", "the month of a day is 01 to 12"),
        ("156X-12-25", "level 2"),
        ("2021-12-30T24:00:01", "or 24:00:00"),
        ("2021-12-30T16:25:00+24:00", "in '+24:00', an offset"),
        ("2021-12-30T16:25:00-00:00", "written Z or +00:00"),
        ("2021-04-15/Thursday", "'2021-04-15/Thursday' is not an EDTF value: in 'Thursday', "),
        ("2021-04-18/2021-04-12", "ends before it starts"),
        ("1985/1986/1987", "one '/'"),
        ("../..", "a date at one end at least"),
        ("2021-12-30T15:35/2021-12-30T16:25Z", "its start has none"),
        ("Y12345678901", "a year has at most 10 digits"),
        ("Y-1000/Y" + "1" * 90, "expected e.g."),
        ("Y-10000/Y" + "1" * 90, "a year has at most 10 digits"),
        ("1" * 1000, "1000 characters, at most 100 are read"),
    ],
)
def test_edtf_error_message(value: str, message: str) -> None:
    with pytest.raises(EdtfError) as caught:
        parse(value)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_edtf_error_is_value_error() -> None:
    assert issubclass(EdtfError, ValueError)


def test_overlap_of_extremes_fits_64_bits() -> None:
    whole = parse("Y-9999999999/Y9999999999")
    similarity = overlap(whole, parse("Y-9999999999/2021-12-30T16:25Z"))
    assert 0 < similarity < 1
    assert max(similarity.numerator, similarity.denominator) < 2**63
    assert whole.start is not None and whole.end is not None
    assert whole.end - whole.start < 2**63


def test_module_names() -> None:
    assert all(hasattr(edtf, name) for name in edtf.__all__)


def test_module_examples() -> None:
    results = doctest.testmod(edtf)
    assert (results.attempted > 0, results.failed) == (True, 0)


moments = st.datetimes(min_value=dt.datetime(1, 1, 3), max_value=dt.datetime(9999, 12, 29))  # noqa: DTZ001
offsets = st.integers(-1439, 1439).map(lambda n: dt.timezone(dt.timedelta(minutes=n)))


@given(st.dates(), st.sampled_from(["", "?", "~", "%"]))
def test_parse_any_date(day: dt.date, qualifier: str) -> None:
    interval = parse(day.isoformat() + qualifier)
    start = (day - dt.date(1970, 1, 1)).days * DAY_S
    assert interval == Interval(start, start + DAY_S, "day")


@given(moments, offsets)
def test_parse_any_instant(moment: dt.datetime, offset: dt.timezone) -> None:
    zoned = moment.replace(second=0, microsecond=0, tzinfo=offset)
    interval = parse(moment.replace(tzinfo=offset).isoformat(timespec="seconds"))
    start = (zoned - EPOCH) // dt.timedelta(seconds=1)
    assert interval == Interval(start, start + 60, "instant", "utc")


@given(moments)
def test_parse_any_wall_time(moment: dt.datetime) -> None:
    interval = parse(moment.isoformat(timespec="seconds"))
    on_utc = moment.replace(second=0, microsecond=0, tzinfo=dt.UTC)
    start = (on_utc - EPOCH) // dt.timedelta(seconds=1)
    assert interval == Interval(start, start + 60, "instant", "wall")


@given(st.integers(-9999, 9999), st.integers(1, 12))
def test_parse_any_month_repeats(year: int, month: int) -> None:
    def written(y: int) -> str:
        sign = "-" if y < 0 else ""
        return f"{sign}{abs(y):04d}-{month:02d}"

    first = parse(written(year))
    last = parse(written(year + 400 if year < 0 else year - 400))
    assert first.start is not None and last.start is not None
    assert abs(first.start - last.start) == CYCLE_S


@given(st.text(alphabet="0123456789-:/.TZXY?~%+ES ", max_size=30) | st.text())
def test_parse_any_text(value: str) -> None:
    try:
        interval = parse(value)
    except EdtfError as error:
        assert error.value == value
    else:
        assert interval.start is None or interval.end is None or interval.start < interval.end


years = st.integers(2019, 2022).map(str)
months = st.dates(dt.date(2019, 1, 1), dt.date(2022, 12, 31)).map(lambda d: f"{d:%Y-%m}")
days = st.dates(dt.date(2021, 1, 1), dt.date(2021, 3, 31)).map(dt.date.isoformat)
seasons = st.builds("{}-{}".format, years, st.integers(21, 24))
masked = st.sampled_from(["201X", "202X", "20XX", "2021-XX", "2021-02-XX", "2021-XX-XX"])
calendar = st.one_of(years, months, days, seasons, masked)
hours = st.builds("{}T{:02d}:{}".format, days, st.integers(0, 24), st.just("00"))
zoned_hours = st.builds("{}{}".format, hours, st.sampled_from(["Z", "+00:00", "-05:00", "+03"]))
points = st.one_of(calendar, hours, zoned_hours)
spans = st.builds("{}/{}".format, points | st.just(".."), points | st.sampled_from(["..", ""]))


def read(value: str) -> Interval | None:
    try:
        return parse(value)
    except EdtfError:
        return None


intervals = st.one_of(points, spans).map(read).filter(lambda i: i is not None)


@given(intervals, intervals)
def test_overlap_any_pair(a: Interval, b: Interval) -> None:
    similarity = overlap(a, b)
    assert isinstance(similarity, Fraction)
    assert 0 <= similarity <= 1
    assert similarity == overlap(b, a)
    assert same(a, b) is same(b, a)
    assert (similarity == 1) is same(a, b)
    if a == b:
        assert same(a, b)


@given(intervals)
def test_same_itself(a: Interval) -> None:
    assert same(a, a)
    assert overlap(a, a) == 1


@given(calendar)
def test_same_qualified(value: str) -> None:
    assert all(same(parse(value), parse(value + qualifier)) for qualifier in "?~%")


@given(st.integers(1, 9998), st.integers(1, 12), st.integers(1, 31))
def test_a_plain_day_is_the_interval_of_that_day_alone(year: int, month: int, day: int) -> None:
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        found = parse(text)
    except EdtfError:
        with pytest.raises(EdtfError):
            parse(f"{text}?")
    else:
        assert (found, found.precision) == (parse(f"{text}?"), "day")
