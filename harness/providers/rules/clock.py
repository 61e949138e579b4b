"""Clock times, with the zone where the article names one."""

import datetime
import re
import zoneinfo
from dataclasses import dataclass

from . import lexicon

__all__ = ["CLOCK", "ClockTime", "read_clock"]

_OFFSETS = {
    "GMT": 0, "UTC": 0, "Z": 0, "WET": 0, "BST": 60, "CET": 60, "WEST": 60, "CEST": 120, "EET": 120,
    "EEST": 180, "MSK": 180, "IST": 330, "JST": 540, "AEST": 600, "AEDT": 660, "EST": -300,
    "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
}  # fmt: skip
_ZONES = {
    "ET": "America/New_York", "Eastern": "America/New_York", "Eastern Time": "America/New_York",
    "CT": "America/Chicago", "Central": "America/Chicago", "MT": "America/Denver",
    "PT": "America/Los_Angeles", "Pacific": "America/Los_Angeles", "New York": "America/New_York",
    "Geneva": "Europe/Zurich", "Central European": "Europe/Paris",
}  # fmt: skip
_NAMED = r"(?:[A-ZÀ-Þ][\w.'\u2019\-]+(?:\s[A-Z][\w.'\u2019\-]+){0,2})"
_ZONE = (
    rf"(?:\s?\(?(?P<zone>{'|'.join(sorted(_OFFSETS, key=len, reverse=True))}|ET|CT|MT|PT)\b"
    rf"|,?\s\(?(?P<place>{_NAMED})(?:['\u2019]s)?\s(?:[Tt]ime|[Ss]tandard\s[Tt]ime)\b"
    rf"|\s(?P<local>local\stime))?"
)
CLOCK = re.compile(
    r"(?<![\w.:$€£])(?:"
    r"(?P<h12>1[0-2]|0?[1-9])(?:[:.](?P<m12>[0-5]\d))?\s?(?P<half>[ap]\.?\s?m\b\.?)"
    r"|(?P<h24>[01]?\d|2[0-3])[:](?P<m24>[0-5]\d)(?::[0-5]\d)?(?:\s?hrs)?(?![\d:%])"
    r"|(?P<mil>(?:[01]\d|2[0-3])[0-5]\d)(?:\s?hrs)?(?=\s?\(?(?:GMT|UTC|CET|EST|EDT|BST"
    r"|hours\b|hrs\b|local\stime))"
    r"|(?:(?<=at )|(?<=from )|(?<=until )|(?<=by )|(?<=before )|(?<=after ))(?P<word>noon"
    r"|midnight|midday)\b"
    rf")(?P<ozone>\s?o['\u2019]clock)?{_ZONE}"
)


@dataclass(frozen=True)
class ClockTime:
    """An instant as EDTF, and whether the article puts it in brackets behind another."""

    value: str
    in_brackets: bool


def read_clock(match: re.Match[str], day: datetime.date | None) -> ClockTime | None:
    """The instant that a match of ``CLOCK`` names on a day."""
    if day is None:
        return None
    hour, minute = _hour_and_minute(match)
    moment = datetime.datetime.combine(day, datetime.time(hour, minute))
    before = match.string[max(0, match.start() - 2) : match.start()]
    offset = _offset(match, moment)
    value = moment.isoformat() + (_format(offset) if offset is not None else "")
    return ClockTime(value, "(" in before or "/" in before)


def _hour_and_minute(match: re.Match[str]) -> tuple[int, int]:
    if match["word"]:
        return (0 if match["word"] == "midnight" else 12), 0
    if match["mil"]:
        return int(match["mil"][:2]), int(match["mil"][2:])
    if match["h24"]:
        return int(match["h24"]), int(match["m24"])
    hour = int(match["h12"]) % 12
    return hour + (12 if match["half"][0] == "p" else 0), int(match["m12"] or 0)


def _offset(match: re.Match[str], moment: datetime.datetime) -> int | None:
    """Minutes east of Greenwich, or None where no zone is named."""
    name = match["zone"]
    if name in _OFFSETS:
        return _OFFSETS[name]
    place = name or match["place"]
    if place is None:
        return None
    state = lexicon.capitals().get(place) or lexicon.demonyms().get(place)
    zone = _ZONES.get(place) or (state.zone if state else "")
    if not zone:
        return None
    try:
        shift = moment.replace(tzinfo=zoneinfo.ZoneInfo(zone)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        # A machine without the zone database still reads the clock, without its zone.
        return None
    return None if shift is None else round(shift.total_seconds() / 60)


def _format(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
