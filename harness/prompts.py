"""Prompt files: load, check and render what people write.

A prompt is a Markdown file: front matter between ``---`` lines (name, description, passes, model
parameters), then role sections (``## system``, ``## user``, ``## assistant``). Sections are split
before rendering, so that a line ``## user`` inside an article is text.
"""

from __future__ import annotations

import hashlib
import json
import re
import traceback
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness.claims import ClaimSchema
from harness.claims.response import response_format
from harness.errors import Problem, PromptError
from harness.records import Article, Bounds
from harness.settings import ModelParameters

__all__ = ["FrontMatter", "Message", "Prompt", "load_prompts", "parse_prompt", "read_source"]

Role = Literal["system", "user", "assistant"]

_SECTION = re.compile(r"^## (system|user|assistant)[ \t]*$", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.MULTILINE | re.DOTALL)
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
# The same prompt makes the same request, always: nothing in it is left to chance.
del _ENVIRONMENT.filters["random"], _ENVIRONMENT.globals["lipsum"]
_VERSION_DIGITS = 10
# Stands for any article where only the prompt itself is of interest.
_NO_ARTICLE = Article(id="article", text="")
_NO_BOUNDS = Bounds(max_items=100, max_chars=2000)
_CHARACTERS_PER_TOKEN = 4


class FrontMatter(BaseModel):
    """What stands at the head of a prompt file.

    Parameters
    ----------
    passes
        ``one`` request for all claim types, or one request ``by-type``.
    parameters
        Model parameters that the prompt needs, e.g. ``temperature: 0``; they beat the model's own.
        Those of `harness.settings.ModelParameters`.
    extra_fields
        Fields to ask for although they are not compared, e.g. ``evidence``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    description: str = ""
    passes: Literal["one", "by-type"] = "one"
    parameters: dict[str, Any] = Field(default_factory=dict)
    extra_fields: tuple[str, ...] = ()

    @field_validator("parameters")
    @classmethod
    def _known(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        known = ModelParameters.model_validate(parameters)
        return known.model_dump(exclude_unset=True, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Message:
    """A role section of a prompt, not yet rendered. `line` is its first line in the file."""

    role: Role
    template: str
    line: int


@dataclass(frozen=True)
class Prompt:
    """A prompt file, for one schema of claims."""

    name: str
    path: Path
    front: FrontMatter
    sections: tuple[Message, ...]
    schema: ClaimSchema

    @property
    def passes(self) -> tuple[tuple[str, ...], ...]:
        """The claim types of each request that the prompt makes of an article."""
        names = tuple(self.schema.types)
        return tuple((name,) for name in names) if self.front.passes == "by-type" else (names,)

    @property
    def own_texts(self) -> tuple[str, ...]:
        """What a model reads whatever the article: each section, and the guidance of each type."""
        sections = (section.template for section in self.sections)
        return (*sections, *(each.guidance for each in self.schema.types.values()))

    def render(self, article: Article, claim_types: Iterable[str]) -> list[dict[str, str]]:
        """Render the messages of one request.

        Parameters
        ----------
        article
            Its text and facts are data: nothing in them is ever template or section.
        claim_types
            The claim types that are asked for.

        Raises
        ------
        PromptError
            If a template uses a variable that is not there, naming the file and line.
        """
        names = tuple(claim_types)
        variables = {
            "article": {
                "id": article.id,
                "text": article.text,
                "published": article.published.isoformat() if article.published else "unknown",
                "source": article.source or "unknown",
            },
            "claim_types": self._described(names),
        }
        return [
            {"role": section.role, "content": self._rendered(section, names, variables)}
            for section in self.sections
        ]

    def _described(self, claim_types: tuple[str, ...]) -> list[dict[str, str]]:
        """What a template may say of claim types. It is made once: no template can change it."""
        if claim_types not in self._descriptions:
            self._descriptions[claim_types] = [
                {"name": each.name, "description": each.description, "guidance": each.guidance}
                for each in map(self.schema.types.__getitem__, claim_types)
            ]
        return self._descriptions[claim_types]

    def _rendered(
        self, section: Message, claim_types: tuple[str, ...], variables: Mapping[str, Any]
    ) -> str:
        """A section; one that says nothing of the article is rendered once for all of them."""
        if _is_about_the_article(section.template):
            return self._render(section, variables)
        key = (section.line, claim_types)
        if key not in self._same_for_all:
            self._same_for_all[key] = self._render(section, variables)
        return self._same_for_all[key]

    @cached_property
    def _descriptions(self) -> dict[tuple[str, ...], list[dict[str, str]]]:
        return {}

    @cached_property
    def _same_for_all(self) -> dict[tuple[int, tuple[str, ...]], str]:
        return {}

    def _render(self, section: Message, variables: Mapping[str, Any]) -> str:
        try:
            return _compile(section.template).render(variables).strip()
        except TemplateSyntaxError as error:
            line = section.line + error.lineno - 1
            raise PromptError([Problem(f"{self.path}:{line}", f"{error.message}")]) from error
        # What a template computes may raise anything: a division by zero, a missing loader.
        except Exception as error:
            known = (
                "; there are article (id, text, published, source) and claim_types (each with "
                "name, description, guidance)"
            )
            message = " ".join(str(error).split()) or type(error).__name__
            where = f"{self.path}:{section.line + _line_of(error) - 1}"
            what = message + known if isinstance(error, TemplateError) else message
            raise PromptError([Problem(where, what)]) from error

    @cached_property
    def version(self) -> str:
        """The hash of all that determines the prompt's requests, in hexadecimal digits.

        Its text with the claim guidance it includes, the schema that is sent, its passes and its
        model parameters; not its description, and no bound or parameter of a model.
        """
        return fingerprint(
            {
                "sections": [(section.role, section.template) for section in self.sections],
                "requests": [
                    {
                        "messages": self.render(_NO_ARTICLE, claim_types),
                        "schema": response_format(
                            self.schema, claim_types, _NO_BOUNDS, self.front.extra_fields
                        ).json_schema,
                    }
                    for claim_types in self.passes
                ],
                "parameters": self.front.parameters,
            }
        )[:_VERSION_DIGITS]

    @property
    def n_tokens(self) -> int:
        """Roughly how many tokens all requests of an article take, without its text."""
        characters = sum(
            len(message["content"])
            for claim_types in self.passes
            for message in self.render(_NO_ARTICLE, claim_types)
        )
        return round(characters / _CHARACTERS_PER_TOKEN)


@lru_cache(maxsize=256)
def _is_about_the_article(template: str) -> bool:
    try:
        return "article" in find_undeclared_variables(_ENVIRONMENT.parse(template))
    except TemplateSyntaxError:
        return True


@lru_cache(maxsize=256)
def _compile(template: str) -> Template:
    return _ENVIRONMENT.from_string(template)


def _line_of(error: Exception) -> int:
    """The line of a template on which rendering it failed."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
    return (lines[-1] if lines else None) or 1


def fingerprint(value: object) -> str:
    """The SHA-256 of a value as canonical JSON, in hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def load_prompts(folder: Path, schema: ClaimSchema, wanted: Sequence[str] = ()) -> list[Prompt]:
    """Load prompts and check that each renders.

    Parameters
    ----------
    folder
        Where prompt files are.
    schema
        The claim types that they ask for.
    wanted
        Names of prompts in the folder or paths of files; all of the folder where empty.

    Raises
    ------
    PromptError
        With every problem of every prompt at once.
    """
    problems: list[Problem] = []
    prompts: list[Prompt] = []
    for path in _paths(folder, wanted, problems):
        try:
            prompt = parse_prompt(read_source(path), path, schema)
            _check_rendering(prompt)
        except PromptError as error:
            problems.extend(error.problems)
        else:
            prompts.append(prompt)
    names = [prompt.name for prompt in prompts]
    problems.extend(
        Problem(str(prompt.path), f"another prompt is named {prompt.name!r} too; rename one")
        for number, prompt in enumerate(prompts)
        if prompt.name in names[:number]
    )
    if problems:
        raise PromptError(problems)
    return prompts


def parse_prompt(source: str, path: Path, schema: ClaimSchema) -> Prompt:
    """Make a prompt of the text of its file, e.g. of one that the file no longer has.

    Parameters
    ----------
    path
        The file that it is or was the text of.

    Raises
    ------
    PromptError
        With every problem of the text.
    """
    front, body, first_line = _front_matter(path, source)
    sections = _sections(path, body, first_line)
    problems = [
        Problem(f"{path}:{each.line}", f"the section ## {each.role} is empty")
        for each in sections
        if not each.template
    ]
    if sections[-1].role != "user":
        problems.append(Problem(str(path), "the last section is not '## user'"))
    fields = {field.name for each in schema.types.values() for field in each.fields}
    unknown = [name for name in front.extra_fields if name not in fields]
    if unknown:
        problems.append(Problem(str(path), f"extra_fields: no claim type has {unknown}"))
    if problems:
        raise PromptError(problems)
    return Prompt(front.name or path.stem, path, front, sections, schema)


def read_source(path: Path) -> str:
    """The text of a prompt file.

    Raises
    ------
    PromptError
        If it cannot be read as UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError([Problem(str(path), f"cannot be read as UTF-8: {error}")]) from error


def _check_rendering(prompt: Prompt) -> None:
    """Render every request of a prompt once, and see that the article's text is in it."""
    for claim_types in prompt.passes:
        without = prompt.render(_NO_ARTICLE, claim_types)
        if without == prompt.render(replace(_NO_ARTICLE, text="Text."), claim_types):
            what = "the article's text is nowhere in the prompt: write {{ article.text }}"
            raise PromptError([Problem(str(prompt.path), what)])


def _paths(folder: Path, wanted: Sequence[str], problems: list[Problem]) -> list[Path]:
    """The files of the prompts that are wanted; for what is not there a problem is added."""
    files = sorted(
        path
        for path in folder.glob("*.md")
        if path.name.lower() != "readme.md" and not path.name.startswith(".")
    )
    if not wanted:
        if not files:
            problems.append(Problem(str(folder), "there is no prompt (*.md) in this folder"))
        return files
    by_name = {path.stem: path for path in files} | {_name(path): path for path in files}
    paths: dict[Path, Path] = {}
    for name in wanted:
        path = by_name.get(name, Path(name))
        if _is_file(path):
            paths.setdefault(path.resolve(), path)
        else:
            known = ", ".join(map(_name, files)) or "none"
            problems.append(Problem("", f"there is no prompt {name!r}: {folder} has {known}"))
    return list(paths.values())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # Somebody gave the prompt itself, which is too long for a name.
        return False


def _name(path: Path) -> str:
    """The name that a prompt goes by; its file's where it cannot be read."""
    try:
        front, _, _ = _front_matter(path, read_source(path))
    except PromptError:
        return path.stem
    return front.name or path.stem


def _sections(path: Path, body: str, first_line: int) -> tuple[Message, ...]:
    marks = list(_SECTION.finditer(body))
    before = body[: marks[0].start()] if marks else body
    if before.strip() or not marks:
        raise PromptError(
            [Problem(f"{path}:{first_line}", "text outside a section; begin with '## user'")]
        )
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    sections = []
    for mark, end in zip(marks, ends, strict=True):
        text = body[mark.end() : end]
        start = mark.end() + len(text) - len(text.lstrip())
        line = first_line + body.count("\n", 0, start)
        sections.append(Message(mark.group(1), text.strip(), line))  # type: ignore[arg-type]
    return tuple(sections)


class _Loader(yaml.SafeLoader):
    """YAML without aliases, which can stand for more than memory holds, and without repeats."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*name) is not allowed here: write the value itself")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                raise yaml.YAMLError(f"{name!r} stands there twice: keep one")
        return super().construct_mapping(node, deep)


def _front_matter(path: Path, text: str) -> tuple[FrontMatter, str, int]:
    match = _FRONT_MATTER.match(text)
    if not match:
        return FrontMatter(), text, 1
    try:
        # SafeLoader's values, none of its own.
        values = yaml.load(match.group(1), _Loader)
        front = FrontMatter.model_validate({} if values is None else values)
    except ValidationError as error:
        raise PromptError(
            [
                Problem(f"{path}: {'.'.join(map(str, each['loc'])) or 'front matter'}", each["msg"])
                for each in error.errors(include_url=False)
            ]
        ) from error
    # A date or a number that is none is a ValueError.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = " ".join(str(error).split())
        raise PromptError([Problem(str(path), f"front matter is no YAML: {message}")]) from error
    return front, text[match.end() :], 1 + text.count("\n", 0, match.end())
