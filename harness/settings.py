"""Settings: the file, the environment, and what a model's name stands for.

A flag beats the environment (``HARNESS_...``), which beats the file: ``harness.toml`` or
``[tool.harness]`` in ``pyproject.toml`` in the working folder, or the one given by ``--config``.
Secrets come from the environment only, by the name that ``api_key_env`` gives.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from harness.claims import DEFAULT_SCHEMA
from harness.errors import ConfigurationError, Problem

__all__ = ["ModelSettings", "ModelSpec", "Settings", "load_settings", "resolve_model"]


class ModelSettings(BaseModel):
    """How one model is asked. Only what is set is sent.

    Parameters
    ----------
    model
        The name that is sent, ``name`` or ``provider/name``; by default the table's own name.
    base_url, api_key_env
        An OpenAI-compatible server, and the environment variable that holds its key.
    mode
        Instructor's mode: tools, json_schema, json, md_json, or another that it knows.
    max_items, max_chars
        Bounds in the schema that is sent: claims per claim type, characters per string.
    concurrency
        Requests in flight at once.
    max_attempts, max_reasks
        Transport attempts per exchange; how often invalid output is asked for again.
    timeout_s
        Seconds that one exchange may take.
    extra_body
        Further fields of the request body, as the server knows them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    mode: str | None = None
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    max_tokens: PositiveInt | None = None
    max_items: PositiveInt = 100
    max_chars: PositiveInt = 2000
    concurrency: PositiveInt = 16
    max_attempts: PositiveInt = 5
    max_reasks: int = Field(default=2, ge=0)
    timeout_s: float = Field(default=120, gt=0)
    extra_body: dict[str, Any] = Field(default_factory=dict)


class Settings(BaseSettings):
    """What a working folder is set up for. Paths are relative to the folder of the file."""

    model_config = SettingsConfigDict(
        env_prefix="HARNESS_",
        env_prefix_target="all",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )
    file_values: ClassVar[dict[str, Any]] = {}

    claim_schema: str = Field(default=DEFAULT_SCHEMA, alias="schema")
    articles: Path = Path("seeds")
    gold: Path = Path("gold")
    prompts: Path = Path("prompts")
    results: Path = Path("results")
    default_models: list[str] = Field(default=["rules/baseline", "local/smollm2-135m"])
    default_prompts: list[str] = Field(default_factory=list)
    models: dict[str, ModelSettings] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file."""
        return (init_settings, env_settings, InitSettingsSource(settings_cls, cls.file_values))


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What a model id stands for.

    Parameters
    ----------
    id
        As it is written on the command line and stands in reports.
    provider
        Who is asked: a name in `harness.providers.PROVIDERS`, or one that instructor knows.
    name
        The name that is sent.
    """

    id: str
    provider: str
    name: str
    settings: ModelSettings


def resolve_model(model_id: str, settings: Settings) -> ModelSpec:
    """Say what a model id stands for.

    Parameters
    ----------
    model_id
        A model of the settings, or ``provider/name``.

    Raises
    ------
    ConfigurationError
        If it is neither.
    """
    configured = settings.models.get(model_id)
    chosen = configured or ModelSettings()
    target = chosen.model or model_id
    provider, slash, name = target.partition("/")
    if configured is not None and (chosen.base_url or not slash):
        return ModelSpec(model_id, "openai", target, chosen)
    if not slash or not provider or not name:
        known = ", ".join(sorted(settings.models)) or "none yet"
        raise ConfigurationError(
            f"unknown model {model_id!r}: write provider/name (openai/gpt-5-mini, "
            f"ollama/llama3.2, rules/baseline) or the name of a model in the settings ({known})"
        )
    return ModelSpec(model_id, provider, name, chosen)


def load_settings(config: Path | None = None, **flags: Any) -> Settings:  # noqa: ANN401
    """Load the settings.

    Parameters
    ----------
    config
        A settings file; by default ``harness.toml`` or ``pyproject.toml`` in the working folder.
    flags
        What the command line says; None is unsaid.

    Raises
    ------
    ConfigurationError
        With every problem of the file and the environment at once.
    """
    path, values = _read_file(config)
    said = {name: value for name, value in flags.items() if value is not None}

    class Loaded(Settings):
        file_values: ClassVar[dict[str, Any]] = values

    try:
        loaded = Loaded(**said)
    except ValidationError as error:
        where = str(path) if path else "settings"
        raise ConfigurationError(
            [
                Problem(f"{where}: {'.'.join(map(str, problem['loc']))}", problem["msg"])
                for problem in error.errors(include_url=False, include_input=False)
            ]
        ) from error
    folder = path.parent if path else Path()
    in_file = {
        name: folder / getattr(loaded, name)
        for name in ("articles", "gold", "prompts", "results")
        if name not in said and f"HARNESS_{name.upper()}" not in os.environ
    }
    return loaded.model_copy(update=in_file)


def _read_file(config: Path | None) -> tuple[Path | None, dict[str, Any]]:
    candidates = [config] if config else [Path("harness.toml"), Path("pyproject.toml")]
    for path in candidates:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(f"{path}: cannot be read as TOML: {error}") from error
        if path.name == "pyproject.toml":
            values = values.get("tool", {}).get("harness")
            if values is None and not config:
                continue
        return path, values or {}
    if config:
        raise ConfigurationError(f"{config}: there is no such settings file")
    return None, {}
