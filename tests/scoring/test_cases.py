"""Small cases whose counts, fields and error classes were derived by hand.

Each file in `cases/` is a list of cases; `why` holds the derivation in a sentence. Counts are
``[tp, fp, fn, set_aside]``, of claims at the levels strict and lenient, of words at the level
content; a field is ``[right, n]``; a class is null for a claim that is paired, set aside or
optional. Where two predictions are the same claim, ``predicted_in_any_order`` says no more than
that one of them has the class.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.claims import load_schema
from harness.records import (
    Claim,
    ClaimOutcome,
    Failure,
    Gold,
    GoldClaim,
    InvalidItem,
    Level,
    Prediction,
)
from harness.scoring import Source, TypeResult, count_article
from harness.scoring.ground import ArticleText, PromptText

SCHEMA = load_schema()
FOLDER = Path(__file__).with_name("cases")
LEVELS: tuple[Level, ...] = ("strict", "lenient")

Case = Mapping[str, Any]


def read_cases() -> list[Case]:
    """All cases, in the order of the files' names."""
    return [
        case
        for path in sorted(FOLDER.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]


CASES = read_cases()


def cases_with(key: str) -> list[Any]:
    """The cases that expect something under this key, as parameters of a test."""
    return [
        pytest.param(case, id=case["name"])
        for case in CASES
        if any(key in expected for expected in case["expect"].values())
    ]


def expected_of(case: Case, key: str) -> dict[str, Any]:
    """What the case expects under this key, by claim type."""
    return {
        claim_type: expected[key]
        for claim_type, expected in case["expect"].items()
        if key in expected
    }


def claim_of(claim_type: str, values: Mapping[str, Any]) -> Claim:
    """A claim with null for the fields that it leaves out."""
    fields = SCHEMA.types[claim_type].fields
    return {field.name: None for field in fields if field.nullable} | dict(values)


def gold_of(case: Case) -> Gold:
    """The labelled claims of a case."""

    def gold_claim(claim_type: str, item: Mapping[str, Any]) -> GoldClaim:
        values = {
            key: value
            for key, value in item.items()
            if key not in {"optional", "accept", "aliases"}
        }
        return GoldClaim(
            claim_of(claim_type, values),
            optional=item.get("optional", False),
            accept={key: tuple(value) for key, value in item.get("accept", {}).items()},
            aliases=tuple(item.get("aliases", ())),
        )

    return Gold(
        "article",
        {
            claim_type: tuple(gold_claim(claim_type, item) for item in items)
            for claim_type, items in case["gold"].items()
        },
    )


def prediction_of(case: Case) -> Prediction:
    """What was predicted in a case."""
    return Prediction(
        "article",
        {
            claim_type: [claim_of(claim_type, item) for item in items]
            for claim_type, items in case["predicted"].items()
        },
        failures={
            claim_type: Failure("timeout", "no reply") for claim_type in case.get("failed", ())
        },
        invalid_items=tuple(
            InvalidItem(bad["claim_type"], "no claim", bad["item"])
            for bad in case.get("invalid", ())
        ),
    )


def results_of(case: Case) -> list[TypeResult]:
    """What scoring says of a case."""
    source = None
    if "article" in case:
        prompt = PromptText(case["prompt"]) if "prompt" in case else None
        source = Source(ArticleText(case["article"]), prompt)
    types = tuple(SCHEMA.types)
    return count_article(SCHEMA, gold_of(case), prediction_of(case), types, source)


def counts_of(case: Case) -> dict[str, dict[str, Any]]:
    """Counts at the levels strict and lenient, and the fields, by claim type."""

    def summary(result: TypeResult) -> dict[str, Any]:
        levels = {level: result.counts[level] for level in LEVELS}
        return {
            level: [counts.tp, counts.fp, counts.fn, counts.set_aside]
            for level, counts in levels.items()
        } | {"fields": {name: [field.right, field.n] for name, field in result.fields.items()}}

    return {result.claim_type: summary(result) for result in results_of(case)}


def content_of(case: Case) -> dict[str, list[float]]:
    """Counts of words at the level content, by claim type."""
    return {
        result.claim_type: [counts.tp, counts.fp, counts.fn, counts.set_aside]
        for result in results_of(case)
        if (counts := result.counts.get("content")) is not None
    }


def classes_of(case: Case) -> dict[str, dict[str, dict[str, list[str | None]]]]:
    """Error classes by claim type, level, and ``predicted`` or ``gold``.

    ``predicted`` has a row for each valid prediction, then one for each invalid item. The text of
    the article is `case["article"]` and that of the prompt `case["prompt"]`, where they are known.
    """

    def named(outcome: ClaimOutcome) -> str | None:
        return ":".join(filter(None, (outcome.error_class, outcome.error_detail))) or None

    classes: dict[str, dict[str, dict[str, list[str | None]]]] = {}
    for result in results_of(case):
        for level in LEVELS:
            sides: dict[str, list[str | None]] = {"predicted": [], "gold": []}
            for outcome in result.outcomes[level]:
                # An item that is no claim says in its detail what was wrong with it.
                is_invalid = outcome.error_class == "invalid_item"
                name = outcome.error_class if is_invalid else named(outcome)
                sides[outcome.side].append(name)
            classes.setdefault(result.claim_type, {})[level] = sides
    return classes


def reordered(case: Case) -> Iterator[Case]:
    """The case with its lists in other orders."""

    def turned(lists: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        return {claim_type: list(reversed(items)) for claim_type, items in lists.items()}

    yield {**case, "gold": turned(case["gold"])}
    yield {**case, "predicted": turned(case["predicted"])}
    yield {**case, "gold": turned(case["gold"]), "predicted": turned(case["predicted"])}
    generator = random.Random(case["name"])
    for _ in range(3):
        yield {
            **case,
            "gold": {
                name: generator.sample(items, len(items)) for name, items in case["gold"].items()
            },
            "predicted": {
                name: generator.sample(items, len(items))
                for name, items in case["predicted"].items()
            },
        }


def test_cases_are_many_and_named_once() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) >= 130
    assert len(set(names)) == len(names)
    assert all(case["why"] for case in CASES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_case_adds_up(case: Case) -> None:
    assert set(case["expect"]) == set(case["gold"])
    for claim_type, expected in case["expect"].items():
        required = sum(not item.get("optional", False) for item in case["gold"][claim_type])
        n_predicted = len(case["predicted"].get(claim_type, ())) + sum(
            bad["claim_type"] == claim_type for bad in case.get("invalid", ())
        )
        for level in LEVELS:
            tp, fp, fn, set_aside = expected[level]
            assert tp + fn == required
            assert tp + fp + set_aside == n_predicted
            classes = expected.get("classes", {}).get(level, {})
            for key in {"predicted", "predicted_in_any_order"} & set(classes):
                assert len(classes[key]) == n_predicted
                assert sum(name is not None for name in classes[key]) == fp
            if "gold" in classes:
                assert len(classes["gold"]) == len(case["gold"][claim_type])
                assert sum(name is not None for name in classes["gold"]) == fn
        assert set(expected.get("fields", {})) <= {
            field.name for field in SCHEMA.types[claim_type].compared
        }


@pytest.mark.parametrize("case", cases_with("strict"))
def test_counts(case: Case) -> None:
    found = counts_of(case)
    assert set(found) == set(case["expect"])
    for level in LEVELS:
        assert {name: found[name][level] for name in found} == expected_of(case, level)


@pytest.mark.parametrize("case", cases_with("fields"))
def test_fields(case: Case) -> None:
    found = counts_of(case)
    for claim_type, fields in expected_of(case, "fields").items():
        assert {name: found[claim_type]["fields"][name] for name in fields} == fields


@pytest.mark.parametrize("case", cases_with("strict"))
def test_counts_do_not_depend_on_order(case: Case) -> None:
    found = counts_of(case)
    for other in reordered(case):
        assert counts_of(other) == found


@pytest.mark.parametrize("case", cases_with("content"))
def test_content(case: Case) -> None:
    found = content_of(case)
    for claim_type, counts in expected_of(case, "content").items():
        assert found[claim_type] == counts
    for other in reordered(case):
        assert content_of(other) == found


@pytest.mark.parametrize("case", cases_with("classes"))
def test_classes(case: Case) -> None:
    found = classes_of(case)
    for claim_type, levels in expected_of(case, "classes").items():
        for level, expected in levels.items():
            classes = found[claim_type][level]
            if "predicted" in expected:
                assert classes["predicted"] == expected["predicted"]
            if "predicted_in_any_order" in expected:
                assert sorted(classes["predicted"], key=str) == sorted(
                    expected["predicted_in_any_order"], key=str
                )
            if "gold" in expected:
                assert classes["gold"] == expected["gold"]
