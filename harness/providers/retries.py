"""How long to wait before a request is tried again."""

from __future__ import annotations

from tenacity import RetryCallState
from tenacity.wait import wait_base, wait_random_exponential

from harness.providers.faults import headers_of
from harness.providers.rate_headers import retry_after_s

__all__ = ["BACKOFF", "seconds_to_wait"]

BACKOFF: wait_base = wait_random_exponential(multiplier=0.5, max=30)
"""A random time of at most half a second, a second, two, ... (full jitter)."""


def seconds_to_wait(state: RetryCallState, backoff: wait_base = BACKOFF) -> float:
    """As long as the server says, else as the backoff has it."""
    error = state.outcome.exception() if state.outcome else None
    asked_for = retry_after_s(headers_of(error))
    return backoff(state) if asked_for is None else asked_for
