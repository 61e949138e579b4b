"""The journal: every reply is on disk before it is used.

One file for each model and version of a prompt, append-only, one JSON line a request. It is shared
by all runs; the last valid line of a key wins.
"""

from __future__ import annotations

from harness.journal.journal import Journal, Kept, try_writing
from harness.journal.lock import JournalLock
from harness.journal.tidy import Tidied, journal_files, tidy_file, unreferenced_raw

__all__ = [
    "Journal",
    "JournalLock",
    "Kept",
    "Tidied",
    "journal_files",
    "tidy_file",
    "try_writing",
    "unreferenced_raw",
]
