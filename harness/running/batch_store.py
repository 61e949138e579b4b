"""Open batches: what is remembered of each until its replies are in the journal.

One small file each under ``results/batches/``. It is written before anything is sent, so that a
run that is killed at any moment leaves behind what the next one needs to find the batch.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from harness.errors import JournalError

__all__ = ["BatchStore", "OpenBatch"]


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that may hold replies which are not in the journal yet.

    Parameters
    ----------
    name
        Chosen here, and sent with the batch: by it the batch is found whose id was lost.
    model
        The id of the model that is asked.
    host
        Of the server that has the batch.
    made_s
        When it was written, in seconds since 1970.
    keys
        Of the requests in it.
    input_file_id, batch_id
        In the words of the server; empty until it has said them.
    done
        Those of the keys whose replies were read in.
    """

    name: str
    model: str
    host: str
    made_s: float
    keys: tuple[str, ...]
    input_file_id: str = ""
    batch_id: str = ""
    done: tuple[str, ...] = ()

    @property
    def left(self) -> set[str]:
        """The keys whose replies are yet to be read in."""
        return set(self.keys).difference(self.done)


_BATCH = TypeAdapter(OpenBatch)


class BatchStore:
    """The files of the open batches.

    Parameters
    ----------
    results
        The results folder; the files are in ``batches/`` in it.
    """

    def __init__(self, results: Path) -> None:
        self.folder = results / "batches"

    def path_of(self, batch: OpenBatch) -> Path:
        """The file of a batch."""
        return self.folder / f"{batch.name}.json"

    def all(self) -> list[OpenBatch]:
        """All that are open, the oldest first.

        Raises
        ------
        JournalError
            If a file cannot be read.
        """
        found = [self._read(path) for path in self.folder.glob("*.json")]
        there = (batch for batch in found if batch is not None)
        return sorted(there, key=lambda batch: (batch.made_s, batch.name))

    def find(self, name: str) -> OpenBatch | None:
        """An open batch as it is now; None where another run has read it in.

        Raises
        ------
        JournalError
            If its file cannot be read.
        """
        return self._read(self.folder / f"{name}.json")

    @staticmethod
    def _read(path: Path) -> OpenBatch | None:
        try:
            return _BATCH.validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise JournalError(
                f"{path}: the file of an open batch cannot be read ({type(error).__name__}); "
                "mend it, or delete it to ask its requests again"
            ) from error

    def write(self, batch: OpenBatch) -> None:
        """Remember a batch; it is on the disk when this returns.

        Raises
        ------
        JournalError
            If it cannot be written.
        """
        path = self.path_of(batch)
        temporary = path.with_name(f".{batch.name}.{os.getpid()}.tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("wb") as file:
                    file.write(_BATCH.dump_json(batch, exclude_defaults=True))
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise JournalError(f"{path}: the batch cannot be remembered: {error}") from error

    def remove(self, batch: OpenBatch) -> None:
        """Forget a batch: its replies are in the journal, or there will be none."""
        self.path_of(batch).unlink(missing_ok=True)
        with suppress(OSError):  # others are open
            self.folder.rmdir()

    @contextmanager
    def temporary_file(self) -> Iterator[IO[bytes]]:
        """A file that is gone when it is closed, or when this process ends however it ends.

        Raises
        ------
        JournalError
            If there is no room.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                yield file
        except OSError as error:
            raise JournalError(f"{self.folder}: cannot be written: {error}") from error
        finally:
            with suppress(OSError):
                self.folder.rmdir()
