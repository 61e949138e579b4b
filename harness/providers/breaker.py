"""A circuit breaker: a server that only fails is left alone for a while, then tried once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from harness.errors import CellStopped

__all__ = ["FAILURES_IN_A_ROW", "PAUSES_S", "Breaker"]

FAILURES_IN_A_ROW = 20
"""So many exchanges that fail one after the other open the breaker."""
PAUSES_S = (5.0, 10.0, 20.0)
"""How long a server is left alone before each single try; after the last, the model stops."""
_SECONDS_BETWEEN_LOOKS = 0.05


class Breaker:
    """Lets exchanges pass, none, or a single one to see whether the server answers again.

    Parameters
    ----------
    paused
        Called with the seconds of a pause and what went wrong last.
    pauses_s
        The pauses, one after the other.
    rejections
        How many requests may be in flight at once: so many, and at least as many as failures in a
        row, have to be rejected before any is answered to stop the model.
    """

    def __init__(
        self,
        paused: Callable[[float, str], None],
        pauses_s: tuple[float, ...] = PAUSES_S,
        rejections: int = FAILURES_IN_A_ROW,
    ) -> None:
        self._paused = paused
        self._pauses_s = pauses_s
        self._most_rejected = max(rejections, FAILURES_IN_A_ROW)
        self._n_failures = 0
        self._n_pauses = 0
        self._n_rejected = 0
        self._open_until: float | None = None
        self._is_trying = False
        self._has_succeeded = False
        self._broken = ""

    async def let_pass(self) -> bool:
        """Wait while the breaker is open; whether this is the single try.

        Who is the try has to say what came of it, or that nothing did: `gave_up`.

        Raises
        ------
        CellStopped
            If the server has failed after every pause.
        """
        while self._open_until is not None or self._broken:
            if self._broken:
                raise CellStopped(self._broken)
            left = self._open_until - time.monotonic()  # type: ignore[operator]
            if left <= 0 and not self._is_trying:
                self._is_trying = True
                return True
            await asyncio.sleep(max(left, _SECONDS_BETWEEN_LOOKS))
        return False

    def succeeded(self) -> None:
        """An exchange brought an answer."""
        self._has_succeeded = True
        self.heard()

    def heard(self) -> None:
        """The server is there, whatever it said."""
        self._n_failures = self._n_pauses = 0
        self._open_until = None
        self._is_trying = False

    def gave_up(self) -> None:
        """The single try is not sent after all."""
        self._is_trying = False

    def failed(self, what: str, *, is_try: bool = False) -> None:
        """An exchange failed, and others may fail in the same way."""
        self._n_failures += 1
        if is_try:
            self._is_trying = False
            self._pause(what)
        elif self._open_until is None and self._n_failures >= FAILURES_IN_A_ROW:
            self._pause(what)

    def rejected(self, what: str) -> None:
        """The server understood a request and refused it.

        That is between it and the article, unless every request so far was refused.
        """
        self.heard()
        self._n_rejected += 1
        if not self._has_succeeded and self._n_rejected >= self._most_rejected:
            self._broken = f"{self._n_rejected} requests failed, and none was answered ({what})"

    def _pause(self, what: str) -> None:
        if self._n_pauses == len(self._pauses_s):
            pauses = ", ".join(f"{seconds:g}" for seconds in self._pauses_s)
            self._broken = (
                f"{self._n_failures} exchanges failed in a row, also after pauses of {pauses} s "
                f"({what}); run again to ask the rest"
            )
            return
        seconds = self._pauses_s[self._n_pauses]
        self._n_pauses += 1
        self._open_until = time.monotonic() + seconds
        self._paused(seconds, what)
