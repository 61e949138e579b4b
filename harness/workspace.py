"""What a command works on: settings, schema, models, prompts, articles and gold, all checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.claims import ClaimSchema, load_schema
from harness.corpus import load_articles
from harness.errors import ConfigurationError, InputError, Problem
from harness.gold import load_gold
from harness.prompts import Prompt, load_prompts
from harness.providers import Provider, open_provider
from harness.records import Article, Gold
from harness.settings import ModelSettings, ModelSpec, Settings, load_settings, resolve_model

__all__ = [
    "Workspace",
    "articles_if_any",
    "collect",
    "look_up_models",
    "open_models",
    "open_workspace",
]


@dataclass(frozen=True)
class Workspace:
    """Settings and the schema they name."""

    settings: Settings
    schema: ClaimSchema

    def articles(self) -> list[Article]:
        """The articles."""
        return load_articles(self.settings.articles)

    def gold(self) -> dict[str, Gold]:
        """The gold files, by article id."""
        return load_gold(self.settings.gold, self.schema)

    def prompts(self, wanted: Sequence[str]) -> list[Prompt]:
        """The prompts that are asked for, else those of the settings, else all of the folder."""
        names = wanted or self.settings.default_prompts
        return load_prompts(self.settings.prompts, self.schema, names)


def open_workspace(config: Path | None, flags: Mapping[str, Any]) -> Workspace:
    """Load the settings and the schema."""
    settings = load_settings(config, **flags)
    # What stands in a settings file is relative to it, a module as well as a folder.
    beside = config.parent if config and not flags.get("schema") else None
    return Workspace(settings, load_schema(settings.claim_schema, beside))


def articles_if_any(workspace: Workspace, flags: Mapping[str, Any]) -> dict[str, Article]:
    """The articles by id, where there are any: scoring does without them.

    Raises
    ------
    CorpusError
        If they were asked for, or are there and cannot be read.
    """
    if flags.get("articles") is None and not workspace.settings.articles.exists():
        return {}
    return {article.id: article for article in workspace.articles()}


def open_models(
    workspace: Workspace,
    wanted: Sequence[str],
    concurrency: int | None,
    *,
    dry_run: bool = False,
    offline: bool = False,
) -> tuple[list[Provider], list[str]]:
    """Open the models that are asked for, or the default ones that can be asked here.

    Parameters
    ----------
    dry_run
        Nothing will be asked now: open also models without their key or SDK.
    offline
        Nothing is ever asked from here: a model without its key or SDK is as good as any.

    Returns
    -------
    providers, notices
        What was opened, and for each model that cannot be asked, why.

    Raises
    ------
    ConfigurationError
        If a model that was asked for cannot be asked, or no default model can.
    """
    providers: list[Provider] = []
    problems: list[Problem] = []
    notices: list[str] = []
    for name in dict.fromkeys(wanted or workspace.settings.default_models):
        try:
            model = resolve_model(name, workspace.settings)
            if concurrency is not None:
                model = _with_concurrency(model, concurrency)
            provider = open_provider(model)
            if offline:
                provider.check_schema(workspace.schema)
                # Without it no request has a key, and nobody can say which are answered.
                provider.identity()
            elif not dry_run:
                provider.check(workspace.schema)
        except InputError as error:
            problems.extend(error.problems)
            continue
        is_later = dry_run and not offline
        unready, can_be_planned = _unready(provider, workspace.schema) if is_later else ([], True)
        notices.extend(unready)
        if can_be_planned:
            providers.append(provider)
    if problems and (wanted or not providers):
        raise ConfigurationError(problems)
    return providers, [*notices, *(f"left out: {problem}" for problem in problems)]


def look_up_models(
    workspace: Workspace, wanted: Sequence[str]
) -> tuple[list[Provider], dict[str, str]]:
    """Open models to look up what they have answered: nothing is asked, and no key is needed.

    Returns
    -------
    providers, left_out
        What was opened, and why each of the default models that is not could not be.

    Raises
    ------
    ConfigurationError
        If a model that is wanted cannot be looked up, or no default model can.
    """
    providers: list[Provider] = []
    problems: list[Problem] = []
    left_out: dict[str, str] = {}
    for name in dict.fromkeys(wanted or workspace.settings.default_models):
        try:
            provider = open_provider(resolve_model(name, workspace.settings))
            provider.check_schema(workspace.schema)
            # Without it no request has a key.
            provider.identity()
        except InputError as error:
            problems.extend(error.problems)
            left_out[name] = str(error)
        else:
            providers.append(provider)
    if problems and (wanted or not providers):
        raise ConfigurationError(problems)
    return providers, left_out


def _unready(provider: Provider, schema: ClaimSchema) -> tuple[list[str], bool]:
    """What has to be done before a model can be asked, and whether it can be planned."""
    try:
        # Without it no request has a key, and nobody can say which are answered.
        provider.identity()
    except InputError as error:
        return [f"left out: {problem}" for problem in error.problems], False
    try:
        provider.check(schema)
    except InputError as error:
        return [f"cannot be asked yet: {problem}" for problem in error.problems], True
    return [], True


def _with_concurrency(model: ModelSpec, concurrency: int) -> ModelSpec:
    said = model.settings.model_dump(exclude_unset=True) | {"concurrency": concurrency}
    return ModelSpec(model.id, model.provider, model.name, ModelSettings(**said))


def collect(*loaders: Any) -> list[Any]:  # noqa: ANN401 - whatever each loader loads
    """Call every loader and report the problems of all of them at once."""
    loaded, problems = [], list[Problem]()
    for load in loaders:
        try:
            loaded.append(load())
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return loaded
