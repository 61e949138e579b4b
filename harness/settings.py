"""Settings: the file, the environment, and what a model's name stands for.

A flag beats the environment (``HARNESS_...``), which beats the file: ``harness.toml`` or
``[tool.harness]`` in ``pyproject.toml`` in the working folder, or the one given by ``--config``.
Secrets come from the environment only, by the name that ``api_key_env`` gives. Lists in the
environment are JSON; ``HARNESS_MODELS__MINE__SEED`` sets one value of the model ``mine``.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PositiveInt, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from harness.claims import DEFAULT_SCHEMA
from harness.errors import ConfigurationError, Problem
from harness.gates import GateOverride, GateSettings

__all__ = [
    "ModelParameters",
    "ModelSettings",
    "ModelSpec",
    "PriceSettings",
    "Settings",
    "load_settings",
    "resolve_model",
]

_PREFIX = "HARNESS_"
_FOLDERS = ("articles", "gold", "prompts", "results")


class ModelParameters(BaseModel):
    """What is sent besides messages and schema. Only what is set is sent.

    Parameters
    ----------
    mode
        Instructor's mode: tools, json_schema, json, md_json, or another that it knows.
    extra_body
        Further fields of the request body, as the server knows them.
    """

    # A secret that was written into the file by mistake must not stand in a traceback.
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )

    mode: str | None = None
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    max_tokens: PositiveInt | None = None
    extra_body: dict[str, JsonValue] = Field(default_factory=dict)


class PriceSettings(BaseModel):
    """What a model costs, in US dollars for a million tokens.

    Parameters
    ----------
    cached_input
        For input that the server had read before; by default as other input.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(default=None, ge=0)


class ModelSettings(ModelParameters):
    """How one model is asked.

    Parameters
    ----------
    model
        The name that is sent, ``name`` or ``provider/name``; by default the table's own name.
    base_url, api_key_env
        An OpenAI-compatible server, and the environment variable that holds its key.
    max_items, max_chars
        Bounds in the schema that is sent: claims per claim type, characters per string.
    concurrency
        Requests in flight at once.
    max_attempts, max_reasks
        Transport attempts per exchange; how often invalid output is asked for again.
    timeout_s
        Seconds that one exchange may take.
    max_seconds
        Seconds after which a request that fails on its way is not tried again.
    requests_per_minute, tokens_per_minute
        Limits that are kept; by default none but those that the server tells.
    price
        What its tokens cost, where no price list says so.
    """

    model: str | None = None
    base_url: str | None = None
    # The name of a variable. Somebody's key itself would be no such name.
    api_key_env: str | None = Field(default=None, pattern="^[A-Za-z_][A-Za-z0-9_]*$")
    max_items: PositiveInt = 100
    max_chars: PositiveInt = 2000
    concurrency: PositiveInt = 16
    max_attempts: PositiveInt = 5
    max_reasks: int = Field(default=2, ge=0)
    timeout_s: float = Field(default=120, gt=0)
    max_seconds: float = Field(default=900, gt=0)
    requests_per_minute: PositiveInt | None = None
    tokens_per_minute: PositiveInt | None = None
    price: PriceSettings | None = None


class Settings(BaseSettings):
    """What a working folder is set up for. Paths are relative to the folder of the file.

    Parameters
    ----------
    gates
        What `harness check` demands.
    confirm_above_usd
        A run that may cost more asks first.
    batch_poll_s
        The most seconds between two looks at an open batch.
    offline
        Runs ask nothing: they score what is recorded, and say what is missing.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_prefix_target="all",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )
    file_values: ClassVar[dict[str, Any]] = {}

    claim_schema: str = Field(default=DEFAULT_SCHEMA, alias="schema")
    articles: Path = Path("seeds")
    gold: Path = Path("gold")
    prompts: Path = Path("prompts")
    results: Path = Path("results")
    default_models: list[str] = Field(default=["rules/baseline", "local/smollm2-135m"])
    default_prompts: list[str] = Field(default_factory=list)
    confirm_above_usd: float | None = Field(default=None, ge=0)
    batch_poll_s: float = Field(default=60, gt=0)
    offline: bool = False
    models: dict[str, ModelSettings] = Field(default_factory=dict)
    gates: GateSettings = Field(default_factory=GateSettings)

    @property
    def baseline(self) -> Path:
        """The file of the baseline."""
        return self.results / "baseline.json"

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
    folder = path.parent if path else Path()
    for name in _FOLDERS:
        written = values.get(name, Settings.model_fields[name].default)
        if isinstance(written, str | Path):
            values[name] = folder / written
    said = {name: value for name, value in flags.items() if value is not None}

    class Loaded(Settings):
        file_values: ClassVar[dict[str, Any]] = values

    try:
        return Loaded(**said)
    except SettingsError as error:
        raise ConfigurationError(
            f"environment: {error}: lists and tables are written there as JSON, "
            f"e.g. {_PREFIX}DEFAULT_MODELS='[\"rules/baseline\"]'"
        ) from error
    except ValidationError as error:
        raise ConfigurationError(
            [
                Problem(_where(problem, path), _what(problem))
                for problem in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def _where(problem: ErrorDetails, path: Path | None) -> str:
    """The variable that holds the value, or its place in the file."""
    parts = [str(part) for part in problem["loc"]]
    variable = _PREFIX + "__".join(parts).upper()
    if variable in {name.upper() for name in os.environ}:
        return variable
    return f"{path or 'settings'}: {'.'.join(parts)}"


def _what(problem: ErrorDetails) -> str:
    place = problem["loc"]
    if place[-1] == "api_key_env" and problem["type"] == "string_pattern_mismatch":
        return "is to be the name of an environment variable, like MY_KEY, not the key itself"
    if problem["type"] != "extra_forbidden":
        return problem["msg"].removeprefix("Value error, ")
    if place[-1] == "api_key":
        return "keys come from the environment: name the variable in api_key_env"
    table: type[BaseModel] = Settings
    if len(place) > 1:
        table = ModelSettings
        if place[0] == "gates":
            table = GateOverride if "override" in place else GateSettings
    fields = table.model_fields
    known = ", ".join(field.alias or name for name, field in fields.items())
    return f"there is no such setting; there are {known}"


def _read_file(config: Path | None) -> tuple[Path | None, dict[str, Any]]:
    for path in [config] if config else [Path("harness.toml"), Path("pyproject.toml")]:
        try:
            values: Any = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(f"{path}: cannot be read as TOML: {error}") from error
        if path.name == "pyproject.toml":
            tools = values.get("tool", {})
            values = tools.get("harness") if isinstance(tools, dict) else None
            if values is None and not config:
                continue
            if not isinstance(values, dict):
                raise ConfigurationError(f"{path}: there is no table [tool.harness]")
        return path, values
    if config:
        raise ConfigurationError(f"{config}: there is no such settings file")
    return None, {}
