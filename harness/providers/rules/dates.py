"""Claims of the type dates: calendar days, months, years, seasons and clock times, as EDTF."""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import calendar_words as words
from .clock import CLOCK, ClockTime, read_clock
from .sentences import Document, Sentence
from .tense import is_future

__all__ = ["Stated", "extract_dates", "find_dates"]

_M = words.MONTH
_W = words.WEEKDAY
_Y = r"(?P<y>(?:1[6-9]|20)\d\d)"
_D = r"(?P<d>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("iso", rf"(?<![\d\-/.]){_Y}-(?P<mn>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])(?![\d\-])"),
    ("numeric", rf"(?<![\d\-/.])(?P<a>\d{{1,2}})(?P<sep>[/.])(?P<b>\d{{1,2}})(?P=sep){_Y}(?!\d)"),
    (
        "range",
        rf"\b(?:(?P<m>{_M})\s+(?P<d>\d{{1,2}})\s?[-\u2013]\s?(?P<e>\d{{1,2}})|"
        rf"(?P<d2>\d{{1,2}})\s?[-\u2013]\s?(?P<e2>\d{{1,2}})\s+(?P<m2>{_M}))(?!\w)(?:,?\s+{_Y}\b)?",
    ),
    ("day", rf"\b(?P<m>{_M})\s+{_D}(?!\w|[,.:]\d)(?:\s*,?\s+{_Y}\b(?!\s*(?:troops|people)))?"),
    ("day", rf"\b{_D}\s+(?:of\s+)?(?P<m>{_M})(?!\w)(?:,?\s+{_Y}\b)?"),
    ("day", rf"\bthe\s+{_D}\s+(?:of\s+)(?P<m>{_M})(?!\w)(?:,?\s+{_Y}\b)?"),
    (
        "month",
        rf"\b(?:(?P<part>early|mid"
        rf"|late)[\s\-]+)?(?P<m>{_M})(?:\s+of)?,?\s+(?:last\s+year\s+)?{_Y}\b",
    ),
    ("season", rf"\b(?P<s>{words.SEASON})(?:\s+of)?,?\s+{_Y}\b"),
    ("season", rf"\b(?P<rel>this|last|next|coming)\s+(?P<s>{words.SEASON})\b"),
    (
        "week",
        r"\b(?P<rel>this|next|last|coming)\s+(?P<unit>week|weekend)\b(?!['\u2019]s\s+(?:news"
        r"|edition))",
    ),
    ("weekend", r"\b(?:the|over the|at the)\s+weekend\b"),
    ("unit", r"\b(?P<rel>this|next|last)\s+(?P<unit>month|year)\b"),
    (
        "relative",
        r"\b(?P<rel>today|yesterday|tomorrow|tonight|Today|Yesterday|Tomorrow)\b(?!['\u2019]s)",
    ),
    ("weekday", rf"\b(?:(?P<rel>last|next|this|coming)\s+)?(?P<w>{_W})\b(?!['\u2019]s\s+[A-Z])"),
    (
        "bare_month",
        rf"\b(?:[Ii]n|[Ss]ince|until|[Bb]y|[Ff]rom|[Dd]uring|[Ll]ast|next|this|of|for"
        rf"|[Ee]arly|mid|[Ll]ate|[Bb]efore|[Aa]fter)"
        rf"[\s\-]+(?P<m>{words.LONG_MONTH})\b(?!\s+\d)",
    ),
    (
        "year",
        r"(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<=\b[Bb]y )|(?<=\b[Uu]ntil )|(?<=\b[Ff]rom )"
        r"|(?<=\b[Oo]f )|(?<=\bthe )|"
        r"(?<=\b[Dd]uring )|(?<=\b[Ee]arly )|(?<=\b[Ll]ate )|(?<=\b[Tt]o )|(?<=\b[Bb]efore )"
        r"|(?<=\b[Aa]fter )|"
        r"(?<=\b[Aa]nd )|(?<=\b[Ff]or )|(?<=\bits )|(?<=\bmid-)|(?<=\bback in )"
        r"|(?<=\b[Tt]hrough )|(?<=\())"
        rf"{_Y}\b(?![-\u2013]?\d|s\b|[,.]\d|\s*(?:%|percent|per cent|people|troops|km"
        rf"|kilomet|miles|metres|"
        r"tons|tonnes|dollars|euros|billion|million|soldiers|jobs|firms|companies|workers|homes))",
    ),
)
_RULES = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)
_DATELINE = re.compile(
    rf"[A-ZÀ-Þ][A-ZÀ-Þa-z .,'\u2019/\-]{{1,50}}?,?\s+\(?(?:(?P<m>{_M})\s+(?P<d>\d{{1,2}})"
    rf"|(?P<d2>\d{{1,2}})\s+"
    rf"(?P<m2>{_M}))(?:,?\s+(?:19|20)\d\d)?\)?\s*[.:,]?\s*(?:\([^)\n]{{1,40}}\)"
    rf"|/[^/\n]{{1,40}}/)?\s*[.:]?\s*[-\u2013—]"
)


_NEAR, _FAR = 75, 270


@dataclass(frozen=True)
class Stated:
    """A date where it stands in the article."""

    start: int
    end: int
    value: str
    day: datetime.date | None = None


def extract_dates(document: Document, found: list[Stated]) -> list[dict[str, Any]]:
    """The dates of the story, each value once, under its first expression."""
    claims: dict[str, dict[str, Any]] = {}
    for stated in found:
        key = _key(stated.value)
        if key not in claims:
            evidence = document.evidence(stated.start)
            claims[key] = {
                "text": document.text[stated.start : stated.end],
                "value": stated.value,
                "event": _event(evidence),
                "evidence": evidence,
            }
    return list(claims.values())


def _event(evidence: str) -> str:
    return " ".join(evidence.split()[:12])


def _key(value: str) -> str:
    """One key for one instant, whatever the zone it is told in."""
    if "T" in value and value[-6:-5] in {"+", "-"}:
        return datetime.datetime.fromisoformat(value).astimezone(datetime.UTC).isoformat()
    return value


def find_dates(document: Document, published: datetime.date | None) -> list[Stated]:
    """Every date of the story in the order of the text."""
    found: list[Stated] = []
    reference = published
    told: list[datetime.date] = []
    for sentence in document.sentences:
        stated = sorted(_in_sentence(sentence, reference), key=lambda s: s.start)
        clocks = _clock_times(sentence, stated, told, reference)
        found += sorted([*stated, *clocks], key=lambda s: s.start)
        told += [s.day for s in stated if s.day is not None]
        # Without a day of publication the first full date of the article stands in for it.
        if reference is None:
            reference = next((s.day for s in stated if s.day is not None), None)
    return found


def _in_sentence(sentence: Sentence, published: datetime.date | None) -> Iterator[Stated]:
    taken: list[tuple[int, int]] = []
    if sentence.start == sentence.paragraph.start:
        line = _DATELINE.match(sentence.text)
        if line is not None and published is not None:
            month = words.month_number(line["m"] or line["m2"])
            day = _nearest(month, int(line["d"] or line["d2"]), published, future=False)
            if day is not None:
                start = line.start("m") if line["m"] else line.start("d2")
                end = line.end("d") if line["m"] else line.end("m2")
                taken.append((0, line.end()))
                yield Stated(sentence.start + start, sentence.start + end, day.isoformat(), day)
    for name, pattern in _RULES:
        for match in pattern.finditer(sentence.text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            resolved = _RESOLVERS[name](match, sentence.text, published)
            if resolved is None:
                continue
            value, day = resolved
            start, end = match.span()
            if name in {"bare_month"}:
                start = match.start("m")
            if name == "weekend":
                start = end - len("weekend")
            taken.append((start, end))
            yield Stated(sentence.start + start, sentence.start + end, value, day)


_Resolved = tuple[str, datetime.date | None] | None
_Resolver = Callable[[re.Match[str], str, datetime.date | None], _Resolved]


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _nearest(
    month: int, day: int, published: datetime.date, *, future: bool
) -> datetime.date | None:
    """The day of the nearest year before or after publication, as the tense asks."""
    ahead = (_date(published.year + n, month, day) for n in range(9))
    back = (_date(published.year - n, month, day) for n in range(-1, 9))
    # An article may be dated a day before its last edit, so the next day still counts as past.
    last = published + datetime.timedelta(days=1)
    after = next((found for found in ahead if found and found >= published), None)
    before = next((found for found in back if found and found <= last), None)
    if after is None or before is None:
        return before or after
    # News gives the year of a day that is most of a year away: without one the near day is meant.
    away, ago = (after - published).days, (published - before).days
    if future and ago <= _NEAR and away >= _FAR:
        return before
    if not future and away <= _NEAR and ago >= _FAR:
        return after
    return after if future else before


def _full(match: re.Match[str], _text: str, _published: datetime.date | None) -> _Resolved:
    found = _date(int(match["y"]), int(match["mn"]), int(match["d"]))
    return (found.isoformat(), found) if found else None


def _numeric(match: re.Match[str], _text: str, published: datetime.date | None) -> _Resolved:
    """Day or month first: by the sign, by what is possible, by what lies nearer publication."""
    first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
    choices = [_date(year, second, first), _date(year, first, second)]
    if match["sep"] == ".":
        choices = choices[:1]
    possible = [choice for choice in choices if choice is not None]
    if not possible:
        return None
    if published is not None:
        possible.sort(key=lambda choice: abs((choice - published).days))
    return possible[0].isoformat(), possible[0]


def _day(match: re.Match[str], text: str, published: datetime.date | None) -> _Resolved:
    month, day = words.month_number(match["m"]), int(match["d"])
    if match["m"] == "may" or (match["m"] == "mar" or match["m"] == "sun"):
        return None
    if match["y"]:
        found = _date(int(match["y"]), month, day)
    elif published is None:
        return None
    else:
        found = _nearest(month, day, published, future=is_future(text, match.start(), match.end()))
    return (found.isoformat(), found) if found else None


def _range(match: re.Match[str], text: str, published: datetime.date | None) -> _Resolved:
    month = words.month_number(match["m"] or match["m2"])
    first, last = int(match["d"] or match["d2"]), int(match["e"] or match["e2"])
    if match["y"]:
        start = _date(int(match["y"]), month, first)
    elif published is not None:
        future = is_future(text, match.start(), match.end())
        start = _nearest(month, first, published, future=future)
    else:
        return None
    end = _date(start.year, month, last) if start else None
    if start is None or end is None or end <= start:
        return None
    return f"{start.isoformat()}/{end.isoformat()}", start


def _month(match: re.Match[str], _text: str, _published: datetime.date | None) -> _Resolved:
    return f"{match['y']}-{words.month_number(match['m']):02}", None


def _bare_month(match: re.Match[str], text: str, published: datetime.date | None) -> _Resolved:
    if published is None:
        return None
    month = words.month_number(match["m"])
    lead = match.group().split()[0].lower()
    future = lead == "next" or (lead != "last" and is_future(text, match.start(), match.end()))
    ahead, back = (month - published.month) % 12, (published.month - month) % 12
    if not future and lead != "last" and ahead == 1 and "end of" in text[: match.end()][-20:]:
        future = True
    index = published.year * 12 + published.month - 1 + (ahead if future else -back)
    return f"{index // 12}-{index % 12 + 1:02}", None


def _season(match: re.Match[str], _text: str, published: datetime.date | None) -> _Resolved:
    number = words.SEASONS[match["s"].lower()]
    groups = match.groupdict()
    if groups.get("y"):
        return f"{groups['y']}-{number}", None
    if published is None:
        return None
    # The season's middle month tells whether it lies before or after publication.
    middle = {21: 4, 22: 7, 23: 10, 24: 1}[number]
    year = published.year
    if groups["rel"] == "last" and middle >= published.month:
        year -= 1
    if groups["rel"] in {"next", "coming"} and middle < published.month:
        year += 1
    return f"{year}-{number}", None


def _week(match: re.Match[str], _text: str, published: datetime.date | None) -> _Resolved:
    if published is None:
        return None
    weeks = {"last": -1, "this": 0, "next": 1, "coming": 1}[match["rel"]]
    monday = (
        published - datetime.timedelta(days=published.weekday()) + datetime.timedelta(weeks=weeks)
    )
    first = 5 if match["unit"] == "weekend" else 0
    start, end = (monday + datetime.timedelta(days=n) for n in (first, 6))
    return f"{start.isoformat()}/{end.isoformat()}", None


def _weekend(match: re.Match[str], text: str, published: datetime.date | None) -> _Resolved:
    if published is None:
        return None
    future = is_future(text, match.start(), match.end())
    saturday = published + datetime.timedelta(days=(5 - published.weekday()) % 7)
    if published.weekday() == 6:
        saturday = published - datetime.timedelta(days=1)
    elif not future and published.weekday() != 5:
        saturday -= datetime.timedelta(weeks=1)
    return f"{saturday.isoformat()}/{(saturday + datetime.timedelta(days=1)).isoformat()}", None


def _unit(match: re.Match[str], _text: str, published: datetime.date | None) -> _Resolved:
    if published is None:
        return None
    step = {"last": -1, "this": 0, "next": 1}[match["rel"]]
    if match["unit"] == "year":
        return str(published.year + step), None
    index = published.year * 12 + published.month - 1 + step
    return f"{index // 12}-{index % 12 + 1:02}", None


def _relative(match: re.Match[str], _text: str, published: datetime.date | None) -> _Resolved:
    if published is None:
        return None
    step = {"yesterday": -1, "tomorrow": 1}.get(match["rel"].lower(), 0)
    found = published + datetime.timedelta(days=step)
    return found.isoformat(), found


def _weekday(match: re.Match[str], text: str, published: datetime.date | None) -> _Resolved:
    if published is None:
        return None
    wanted = words.weekday_number(match["w"])
    back = (published.weekday() - wanted) % 7
    ahead = (wanted - published.weekday()) % 7
    relation = match["rel"]
    if relation == "last":
        found = published - datetime.timedelta(days=back or 7)
    elif relation in {"next", "coming"}:
        found = published + datetime.timedelta(days=ahead or 7)
    elif is_future(text, match.start(), match.end()):
        found = published + datetime.timedelta(days=ahead)
    else:
        found = published - datetime.timedelta(days=back)
    return found.isoformat(), found


def _year(match: re.Match[str], _text: str, _published: datetime.date | None) -> _Resolved:
    return match["y"], None


_RESOLVERS: dict[str, _Resolver] = {
    "iso": _full,
    "numeric": _numeric,
    "range": _range,
    "day": _day,
    "month": _month,
    "season": _season,
    "week": _week,
    "weekend": _weekend,
    "unit": _unit,
    "relative": _relative,
    "weekday": _weekday,
    "bare_month": _bare_month,
    "year": _year,
}


def _clock_times(
    sentence: Sentence,
    stated: list[Stated],
    told: list[datetime.date],
    published: datetime.date | None,
) -> Iterator[Stated]:
    """Clock times of a sentence on its nearest day, else on one told of before, by the tense."""
    days = [s for s in stated if s.day is not None]
    previous: ClockTime | None = None
    for match in CLOCK.finditer(sentence.text):
        at = sentence.start + match.start()
        near = min(days, key=lambda s: abs(s.start - at), default=None)
        day = near.day if near is not None else published
        if near is None and published is not None:
            future = is_future(sentence.text, match.start(), match.end())
            fits = [d for d in told if (d >= published if future else d <= published)]
            day = fits[-1] if fits else published
        clock = read_clock(match, day)
        if clock is None or day is None:
            continue
        # "9 a.m. (1400 GMT)": one instant in two zones, so only the first is claimed.
        if previous is not None and clock.in_brackets:
            previous = clock
            continue
        previous = clock
        yield Stated(at, at + len(match.group().rstrip()), clock.value)
