from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

import pytest

from harness.claims import DEFAULT_SCHEMA
from harness.errors import ConfigurationError
from harness.settings import ModelSettings, ModelSpec, Settings, load_settings, resolve_model


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an environment without settings."""
    for name in list(os.environ):
        if name.upper().startswith("HARNESS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(toml: str, name: str = "harness.toml") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(toml, encoding="utf-8")
    return path


def problems_of(toml: str) -> list[str]:
    write(toml)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    return [str(problem) for problem in caught.value.problems]


def test_load_settings_nothing_there_gives_defaults() -> None:
    settings = load_settings()
    assert settings.claim_schema == DEFAULT_SCHEMA
    assert (settings.articles, settings.gold) == (Path("seeds"), Path("gold"))
    assert (settings.prompts, settings.results) == (Path("prompts"), Path("results"))
    assert settings.default_models == ["rules/baseline", "local/smollm2-135m"]
    assert settings.models == {}


@pytest.mark.parametrize(
    ("toml", "environment", "flags", "expected"),
    [
        ("", {}, {}, DEFAULT_SCHEMA),
        ('schema = "file:F"', {}, {}, "file:F"),
        ('schema = "file:F"', {"HARNESS_SCHEMA": "env:E"}, {}, "env:E"),
        ('schema = "file:F"', {"HARNESS_SCHEMA": "env:E"}, {"schema": "flag:G"}, "flag:G"),
        ('schema = "file:F"', {}, {"schema": None}, "file:F"),
        ('schema = "file:F"', {"HARNESS_SCHEMA": ""}, {}, "file:F"),
        ('schema = "file:F"', {"SCHEMA": "stray:S", "CLAIM_SCHEMA": "stray:S"}, {}, "file:F"),
        ("", {"SCHEMA": "stray:S", "ARTICLES": "stray", "MODELS": "stray"}, {}, DEFAULT_SCHEMA),
    ],
)
def test_load_settings_precedence(
    toml: str,
    environment: dict[str, str],
    flags: dict[str, Any],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(toml)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load_settings(**flags).claim_schema == expected


def test_load_settings_environment_changes_one_value_of_a_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(
        '[models.mine]\nmodel = "m"\nbase_url = "http://x/v1"\ntemperature = 1\n'
        '[models."openai/gpt-5-mini"]\nseed = 1\n'
    )
    monkeypatch.setenv("HARNESS_MODELS__MINE__TEMPERATURE", "0.25")
    monkeypatch.setenv("HARNESS_MODELS__OTHER__MAX_TOKENS", "7")
    monkeypatch.setenv("HARNESS_MODELS__OTHER__EXTRA_BODY", '{"top_k": 3}')
    monkeypatch.setenv("HARNESS_DEFAULT_MODELS", '["mine", "other"]')
    settings = load_settings()
    mine = settings.models["mine"]
    assert (mine.model, mine.base_url, mine.temperature) == ("m", "http://x/v1", 0.25)
    assert settings.models["other"].max_tokens == 7
    assert settings.models["other"].extra_body == {"top_k": 3}
    assert settings.models["openai/gpt-5-mini"].seed == 1
    assert settings.default_models == ["mine", "other"]


def test_load_settings_environment_table_is_merged_into_that_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write('[models."openai/x"]\ntemperature = 1\n')
    monkeypatch.setenv("HARNESS_MODELS", '{"openai/x": {"seed": 3}}')
    model = load_settings().models["openai/x"]
    assert (model.temperature, model.seed) == (1, 3)


def test_load_settings_reads_the_table_of_pyproject() -> None:
    write('[project]\nname = "x"\n[tool.harness]\narticles = "a"\n', "pyproject.toml")
    assert load_settings().articles == Path("a")


def test_load_settings_harness_toml_comes_before_pyproject() -> None:
    write('[tool.harness]\narticles = "a"\n', "pyproject.toml")
    write('articles = "b"\n')
    assert load_settings().articles == Path("b")


@pytest.mark.parametrize("toml", ["", "[tool]\n", "[tool.other]\nx = 1\n", "tool = 3\n"])
def test_load_settings_pyproject_without_table_is_left_aside(toml: str) -> None:
    write(toml, "pyproject.toml")
    assert load_settings().articles == Path("seeds")


def test_load_settings_config_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    write('articles = "here"\n')
    other = write('gold = "labels"\nresults = "/var/out"\n', "else/where/own.toml")
    monkeypatch.setenv("HARNESS_PROMPTS", "from-env")
    settings = load_settings(other, schema="a:B")
    # What the file says, and its defaults, is relative to the file; what the environment and
    # flags say, to the working folder.
    assert settings.articles == Path("else/where/seeds")
    assert settings.gold == Path("else/where/labels")
    assert settings.results == Path("/var/out")
    assert settings.prompts == Path("from-env")
    assert load_settings(other, articles=Path("flag")).articles == Path("flag")


def test_load_settings_config_may_be_a_pyproject_elsewhere() -> None:
    path = write('[tool.harness]\ngold = "labels"\n', "project/pyproject.toml")
    assert load_settings(path).gold == Path("project/labels")


def test_load_settings_variable_in_lower_case_is_relative_to_the_working_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write("", "elsewhere/own.toml")
    monkeypatch.setenv("harness_articles", "mine")
    assert load_settings(path).articles == Path("mine")


def test_load_settings_byte_order_mark_is_no_character() -> None:
    Path("harness.toml").write_bytes(b'\xef\xbb\xbfarticles = "a"\n')
    assert load_settings().articles == Path("a")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"articles = ", "harness.toml"),
        (b'articles = "a"\narticles = "b"', "harness.toml"),
        (b"articles = '\xff'", "harness.toml"),
    ],
)
def test_load_settings_broken_toml(content: bytes, where: str) -> None:
    Path("harness.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read as TOML") as caught:
        load_settings()
    assert str(caught.value).startswith(where)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.toml", None, "there is no such settings file"),
        ("pyproject.toml", "[project]\n", r"there is no table \[tool.harness\]"),
        ("pyproject.toml", "[tool]\nharness = 3\n", r"there is no table \[tool.harness\]"),
    ],
)
def test_load_settings_config_that_holds_no_settings(
    name: str, content: str | None, message: str
) -> None:
    if content is not None:
        write(content, name)
    with pytest.raises(ConfigurationError, match=message):
        load_settings(Path(name))


def test_load_settings_config_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path)


def test_load_settings_reports_every_problem_at_once() -> None:
    problems = problems_of(
        'articels = "a"\n'
        "gold = 3\n"
        "[models.mine]\ntemperature = -1\nmodle = 'm'\n"
        "[models.other]\nconcurrency = 0\nmax_reasks = 'many'\ntop_p = nan\n"
    )
    starts = {problem.rpartition(": ")[0].split(": ")[1] for problem in problems}
    assert starts >= {"articels", "gold", "models.mine.temperature", "models.mine.modle"}
    assert starts >= {"models.other.concurrency", "models.other.max_reasks", "models.other.top_p"}
    assert all(problem.startswith("harness.toml: ") for problem in problems)


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("modles = 1\n", "there is no such setting; there are schema, articles,"),
        ("claim_schema = 'a:B'\n", "there is no such setting"),
        ("[models.m]\nkey = 1\n", "there is no such setting; there are"),
        ("models = 3\n", "models: Input should be a valid dictionary"),
        ("[models.m]\nextra_body = {day = 2031-01-01}\n", "not a valid JSON value"),
        ("[models.m]\nextra_body = {x = inf}\n", "finite number"),
        ("[models.m]\ntimeout_s = inf\n", "finite number"),
        ("default_models = 'rules/baseline'\n", "valid list"),
    ],
)
def test_load_settings_message(toml: str, expected: str) -> None:
    assert any(expected in problem for problem in problems_of(toml))


def test_load_settings_message_names_the_variable_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HARNESS_MODELS__MINE__TEMPERATURE", "hot")
    problems = problems_of('gold = 3\n[models.mine]\nmodel = "m"\n')
    assert any(each.startswith("HARNESS_MODELS__MINE__TEMPERATURE: ") for each in problems)
    assert any(each.startswith("harness.toml: gold: ") for each in problems)


@pytest.mark.parametrize("name", ["HARNESS_DEFAULT_MODELS", "HARNESS_MODELS"])
def test_load_settings_environment_that_is_no_json(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "rules/baseline")
    with pytest.raises(ConfigurationError, match="JSON"):
        load_settings()


def test_load_settings_other_programs_variables_are_left_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HARNESS_BUILD_ID", "7")
    assert load_settings().articles == Path("seeds")


@pytest.mark.parametrize("name", ["api_key", "api_key_env"])
def test_load_settings_keys_are_no_settings(name: str) -> None:
    write(f'[models.mine]\n{name} = "sk-Secret-1234"\n')
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "variable" in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value))
    assert "sk-Secret-1234" not in shown


def test_settings_hold_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-Secret-1234")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-Secret-1234")
    write('[models.mine]\nmodel = "m"\nbase_url = "http://x/v1"\napi_key_env = "MY_KEY"\n')
    settings = load_settings()
    assert settings.models["mine"].api_key_env == "MY_KEY"
    assert "sk-Secret-1234" not in repr(settings) + settings.model_dump_json()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().articles = Path("x")  # type: ignore[misc]


MODELS = Settings(
    models={
        "mine": ModelSettings(model="qwen3-8b", base_url="http://x/v1"),
        "slashed": ModelSettings(model="Qwen/Qwen3-8B", base_url="http://x/v1"),
        "Org/own-name": ModelSettings(base_url="http://x/v1"),
        "bare": ModelSettings(model="gpt-5-mini"),
        "cold": ModelSettings(model="ollama/llama3.2", temperature=0),
        "openai/gpt-5-mini": ModelSettings(temperature=0),
        "path": ModelSettings(model="local/models/a b.gguf"),
    }
)


@pytest.mark.parametrize(
    ("model_id", "provider", "name"),
    [
        ("openai/gpt-5", "openai", "gpt-5"),
        ("openai/gpt-5-mini", "openai", "gpt-5-mini"),
        ("ollama/llama3.2:1b", "ollama", "llama3.2:1b"),
        ("local//abs/model.gguf", "local", "/abs/model.gguf"),
        ("local/smollm2-135m", "local", "smollm2-135m"),
        ("rules/baseline", "rules", "baseline"),
        ("anthropic/claude", "anthropic", "claude"),
        ("mine", "openai", "qwen3-8b"),
        ("slashed", "openai", "Qwen/Qwen3-8B"),
        ("Org/own-name", "openai", "Org/own-name"),
        ("bare", "openai", "gpt-5-mini"),
        ("cold", "ollama", "llama3.2"),
        ("path", "local", "models/a b.gguf"),
    ],
)
def test_resolve_model(model_id: str, provider: str, name: str) -> None:
    settings = MODELS.models.get(model_id, ModelSettings())
    assert resolve_model(model_id, MODELS) == ModelSpec(model_id, provider, name, settings)


@pytest.mark.parametrize("model_id", ["", "mini", "/", "openai/", "/gpt", "Mine", " mine"])
def test_resolve_model_unknown(model_id: str) -> None:
    with pytest.raises(ConfigurationError, match="unknown model") as caught:
        resolve_model(model_id, MODELS)
    assert "mine" in str(caught.value)
