"""Names of months, weekdays and seasons, as patterns and as numbers."""

__all__ = [
    "LONG_MONTH",
    "MONTH",
    "SEASON",
    "SEASONS",
    "WEEKDAY",
    "month_number",
    "weekday_number",
]

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

LONG_MONTH = "|".join(_MONTHS)
MONTH = f"(?:{LONG_MONTH}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\\b\\.?)"
WEEKDAY = f"(?:{'|'.join(_WEEKDAYS)}|(?:Mon|Tues|Tue|Wed|Thurs|Thur|Thu|Fri|Sat)\\.)"
SEASON = "(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)"
SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}


def month_number(name: str) -> int:
    """Number of a month, by its first three letters."""
    return [month[:3] for month in _MONTHS].index(name[:3]) + 1


def weekday_number(name: str) -> int:
    """Number of a weekday, Monday being 0, by its first three letters."""
    return [day[:3] for day in _WEEKDAYS].index(name[:3])
