"""The version of a prompt: it changes with what determines its requests, and with nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, create_model

from harness.claims import ClaimSchema, load_schema
from harness.claims.fields import Compare
from harness.claims.response import response_format
from harness.prompts import Prompt, fingerprint, load_prompts
from harness.records import Bounds

Load = Callable[..., Prompt]


@pytest.fixture(scope="module")
def schema() -> ClaimSchema:
    return load_schema()


@pytest.fixture
def load(tmp_path: Path, schema: ClaimSchema) -> Load:
    """Write a prompt and load it."""

    def load(text: str | bytes, name: str = "mine.md", schema: ClaimSchema = schema) -> Prompt:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        (prompt,) = load_prompts(tmp_path, schema, [str(path)])
        return prompt

    return load


class Casualty(BaseModel):
    """A number of people hurt."""

    place: Annotated[str, Compare("text", anchor=True)]
    n: Annotated[str | None, Compare("text")] = None
    evidence: str | None = None


class Casualties(BaseModel):
    """Casualties alone."""

    casualties: list[Casualty]


PLAIN = "---\nname: a\ndescription: d\n---\n## system\nS.\n## user\n{{ article.text }}\nEnd."


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace("name: a", "name: b"),
        PLAIN.replace("description: d", "description: another"),
        PLAIN.replace("description: d\n", ""),
        PLAIN.replace("---\n## system", "passes: one\n---\n## system"),
        PLAIN.replace("---\n## system", "parameters: {}\n---\n## system"),
        PLAIN.replace("---\n## system", "# a comment\n---\n\n\n## system"),
        PLAIN.replace("S.\n", "\n\nS. \n\n"),
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        PLAIN + "\n\n",
    ],
)
def test_version_stays(load: Load, changed: str) -> None:
    before, after = load(PLAIN), load(changed, "another.md")
    os.utime(after.path, (1, 1))
    assert after.version == before.version
    assert len(before.version) == 10


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace("S.", "S!"),
        PLAIN.replace("S.", "S.  S."),
        PLAIN.replace("\nEnd.", "\n\nEnd."),
        PLAIN.replace("{{ article.text }}\n", "{{ article.text }} \n"),
        PLAIN.replace("End.", "{# a comment that splits nothing #}End."),
        PLAIN.replace("## system\nS.\n", ""),
        PLAIN.replace("## system", "## user"),
        PLAIN.replace("---\n## system", "passes: by-type\n---\n## system"),
        PLAIN.replace("---\n## system", "parameters: {temperature: 0}\n---\n## system"),
        PLAIN.replace("---\n## system", "parameters: {temperature: 1}\n---\n## system"),
        PLAIN.replace("---\n## system", "extra_fields: [evidence]\n---\n## system"),
        PLAIN.replace("End.", "{% if article.id == 'x' %}Only there.{% endif %}End."),
        PLAIN.replace("End.", "{{ claim_types[0].guidance }}"),
    ],
)
def test_version_changes(load: Load, changed: str) -> None:
    assert load(changed).version != load(PLAIN).version


def test_versions_all_differ(load: Load) -> None:
    texts = [PLAIN.replace("---\n## s", f"parameters: {{seed: {i}}}\n---\n## s") for i in range(50)]
    assert len({load(text).version for text in texts}) == 50


def test_version_changes_with_the_guidance_and_schema_that_are_sent(
    load: Load, schema: ClaimSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ClaimSchema.from_class(Casualties, "own:Casualties")
    including = PLAIN.replace("End.", "{% for t in claim_types %}{{ t.guidance }}{% endfor %}")
    before, plain_before = load(including, schema=own).version, load(PLAIN, schema=own).version
    assert before != load(including).version
    assert plain_before != load(PLAIN).version
    monkeypatch.setattr(Casualty, "guidance", "Count with care.", raising=False)
    assert load(including, schema=own).version != before
    # The schema says nothing of the guidance, and this prompt does not include it.
    assert load(PLAIN, schema=own).version == plain_before


def test_version_changes_with_a_field_that_is_asked_for(load: Load) -> None:
    compared = (Annotated[str | None, Compare("text")], None)
    fields: list[dict[str, Any]] = [{}, {"side": compared}, {"note": (str | None, None)}]
    versions = []
    for more in fields:
        claim = create_model("Casualty", __base__=Casualty, __doc__=Casualty.__doc__, **more)
        whole = create_model("Casualties", casualties=(list[claim], ...))  # type: ignore[valid-type]
        own = ClaimSchema.from_class(whole, "own:Casualties")
        versions.append(load(PLAIN, schema=own).version)
    assert versions[0] != versions[1]
    assert versions[0] == versions[2]


def test_version_has_nothing_of_bounds_and_models(load: Load, schema: ClaimSchema) -> None:
    prompt = load(PLAIN)
    wide = response_format(schema, ["dates"], Bounds(100, 2000)).json_schema
    narrow = response_format(schema, ["dates"], Bounds(6, 160)).json_schema
    assert fingerprint(wide) != fingerprint(narrow)
    assert prompt.version == replace(prompt).version


def test_fingerprint_is_canonical() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"})
    assert fingerprint(["a", "b"]) != fingerprint(["b", "a"])
    assert len(fingerprint("half a pair: \ud83d")) == 64
