"""What a server says of its limits in the headers of an answer."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping

__all__ = ["exhausted_for_s", "retry_after_s"]

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS: Mapping[str, float] = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_YEAR_S = 366 * 86400.0
_KINDS = ("requests", "tokens")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds after which a server wants to be asked again, where it says so.

    By ``Retry-After-Ms``, ``Retry-After`` (seconds or a date), or else by the moment at which a
    limit that is used up is there again.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) * unit)
        except ValueError:
            continue
    try:
        moment = email.utils.parsedate_tz(headers.get("retry-after", ""))
        if moment:
            return max(0.0, email.utils.mktime_tz(moment) - time.time())
    except (ValueError, OverflowError, IndexError):
        pass
    return exhausted_for_s(headers)


def exhausted_for_s(headers: Mapping[str, str]) -> float | None:
    """The seconds for which a limit of ``x-ratelimit-*`` is used up; None where none is.

    Examples
    --------
    >>> exhausted_for_s(
    ...     {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0.5s"}
    ... )
    60.5
    """
    waits = [
        seconds
        for kind in _KINDS
        if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0"
        and (seconds := _duration_s(headers.get(f"x-ratelimit-reset-{kind}", ""))) is not None
    ]
    return max(waits, default=None)


def _duration_s(text: str) -> float | None:
    """Seconds of ``1m0s``, ``20ms`` or a plain number."""
    text = text.strip().lower()
    try:
        number = float(text)
        # Some servers tell the moment, in seconds since 1970.
        return max(0.0, number - time.time() if number > _YEAR_S else number)
    except ValueError:
        parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
