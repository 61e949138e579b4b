"""What became of the claims of an article, kept while a run is scored and read back at its end.

Which articles a page shows is known when all are scored, and all together may be far more than
memory has room for. So they wait in a temporary file, and of each only its place is held.
"""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

__all__ = ["Blocks"]

_IN_MEMORY = 16_000_000
_to_json = json.JSONEncoder(separators=(",", ":"), default=str).encode


class Blocks:
    """Blocks of JSON by article.

    Parameters
    ----------
    folder
        Where the temporary file is made once there is much; it has no name that anybody sees.
    """

    def __init__(self, folder: Path | None = None) -> None:
        where = None if folder is None else str(folder)
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY, dir=where)  # noqa: SIM115
        self._rows: dict[str, int] = {}
        # Of each block where it ends, and of which article it is; each begins where one ends.
        self._ends = array("Q", [0])
        self._articles = array("I")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def add(self, article_id: str, block: object) -> None:
        """Keep a block.

        Raises
        ------
        OSError
            If the disk is full.
        """
        # Without ensure_ascii halves of surrogate pairs could not be written.
        line = _to_json(block).encode("ascii")
        self._articles.append(self._rows.setdefault(article_id, len(self._rows)))
        self._ends.append(self._ends[-1] + len(line))
        self._file.write(line)

    def places(self, article_ids: set[str]) -> dict[str, list[int]]:
        """The numbers of the blocks of some articles, in the order in which they came."""
        wanted = {self._rows[each]: each for each in article_ids if each in self._rows}
        found: dict[str, list[int]] = {each: [] for each in wanted.values()}
        for number, row in enumerate(self._articles):
            if row in wanted:
                found[wanted[row]].append(number)
        return found

    def read(self, number: int) -> Any:  # noqa: ANN401 - whatever was kept
        """A block."""
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return json.loads(self._file.read(end - start))
