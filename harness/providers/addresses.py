"""Where requests go and with which key: checked before anything is sent."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from urllib.parse import quote, urlsplit

from harness.errors import ConfigurationError

__all__ = [
    "OPENAI",
    "check_address",
    "check_key",
    "hide",
    "is_loopback",
    "is_openai",
    "ollama_address",
    "openai_address",
    "without_queries",
]

OPENAI = "https://api.openai.com/v1"
_OLLAMA_PORT = 11434
_QUERY = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s?#'\"<>]*)[?#][^\s'\"<>]*")


def openai_address() -> str | None:
    """The address that the environment puts in the place of OpenAI's own, if any."""
    return os.environ.get("OPENAI_BASE_URL", "").strip() or None


def ollama_address() -> str:
    """Where Ollama listens: ``OLLAMA_BASE_URL``, else ``OLLAMA_HOST`` as Ollama itself reads it.

    ``OLLAMA_HOST`` may be a host, ``host:port``, ``:port`` or an address; a server that listens on
    every interface is asked on the loopback.
    """
    named = os.environ.get("OLLAMA_BASE_URL", "").strip()
    host = named or os.environ.get("OLLAMA_HOST", "").strip().strip("\"'")
    scheme, separator, rest = host.rpartition("://")
    authority, _, path = rest.partition("/")
    name, port = _split_port(authority)
    if name in {"", "0.0.0.0", "[::]"}:
        name = "127.0.0.1" if host else "localhost"
    if not port and not separator:
        port = str(_OLLAMA_PORT)
    authority = f"{name}:{port}" if port else name
    return f"{scheme or 'http'}://{authority}/{path.strip('/') or 'v1'}"


def _split_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        name, bracket, port = authority.partition("]")
        return name + bracket, port.removeprefix(":")
    if authority.count(":") > 1:
        return f"[{authority}]", ""
    name, _, port = authority.partition(":")
    return name, port


def check_address(model_id: str, address: str) -> None:
    """Raise `ConfigurationError` if no request can be sent there, without repeating a password."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if host and (parts.username is not None or parts.password is not None):
        raise ConfigurationError(
            f"model {model_id!r}: its base_url holds a user name or a password; leave them out, "
            "and give the key in the environment variable that api_key_env names"
        )
    is_plain = address.isprintable() and " " not in address and "@" not in address
    if not host or parts.scheme not in {"http", "https"} or not is_plain:
        shown = f" {address!r}" if "@" not in address else ""
        raise ConfigurationError(
            f"model {model_id!r}: its base_url{shown} is no address; write http://host:port/v1"
        )
    if parts.query or parts.fragment:
        raise ConfigurationError(
            f"model {model_id!r}: its base_url goes on after its path; end it before the '?' or '#'"
        )


def check_key(model_id: str, variable: str, key: str | None) -> None:
    """Raise `ConfigurationError` if there is no key that can stand in a header; repeats none."""
    if not key:
        raise ConfigurationError(
            f"model {model_id!r} needs a key: set the environment variable {variable}"
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError(
            f"model {model_id!r}: the environment variable {variable} holds a line break, a space "
            "or another character that no key has; set it again"
        )


def is_openai(address: str) -> bool:
    """Whether it is OpenAI's own service."""
    host = urlsplit(address).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")


def is_loopback(address: str) -> bool:
    """Whether it is this computer, which no proxy can reach."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def hide(text: str, *secrets: str | None) -> str:
    """The text without the secrets, however they are written in it."""
    for secret in secrets:
        if secret:
            in_json = json.dumps(secret)[1:-1]
            in_addresses = {quote(secret), quote(secret, safe="")}
            for written in {secret, repr(secret)[1:-1], in_json, *in_addresses}:
                text = text.replace(written, "***")
    return text


def without_queries(text: str) -> str:
    """The text with what follows the path of addresses in it left out: it may be a secret.

    Examples
    --------
    >>> without_queries("no 'https://host/path?signature=abc' here")
    "no 'https://host/path?***' here"
    """
    return _QUERY.sub(r"\1?***", text)
