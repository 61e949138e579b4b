"""Predictions made elsewhere: what is read, what is refused, what is said of the rest."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from harness.claims import ClaimSchema, Compare, load_schema
from harness.errors import PredictionsError
from harness.evaluate import OVERALL, CellEvaluation, evaluate
from harness.predictions import LoadedPredictions, load_predictions
from harness.records import Cell, Gold, GoldClaim

SCHEMA = load_schema()
ADA = {"name": "Ada Lovelace", "kind": "person", "role": None, "evidence": None}
EMPTY: dict[str, list[Any]] = {"actors": [], "quotes": [], "dates": [], "sanctions": []}
GOLD_FILE = {
    "article_id": "a1",
    "labeller": "xy",
    "claims": {
        "actors": [
            {**ADA, "aliases": ["the countess"]},
            {"name": "Royal Society", "kind": "organization", "optional": True},
        ],
        "quotes": [{"text": "No", "speaker": "Ada Lovelace", "accept": {"speaker": [None]}}],
        "dates": [{"text": "April", "value": "2031-04"}],
        "sanctions": [{"target": None, "measure": "unspecified", "status": "threatened"}],
    },
    "notes": "",
}
GOLD = {
    "a1": Gold(
        "a1",
        {
            "actors": (
                GoldClaim(ADA, aliases=("the countess",)),
                GoldClaim({"name": "Royal Society", "kind": "organization"}, optional=True),
            ),
            "quotes": (
                GoldClaim({"text": "No", "speaker": "Ada Lovelace"}, accept={"speaker": (None,)}),
            ),
            "dates": (GoldClaim({"text": "April", "value": "2031-04"}),),
            "sanctions": (
                GoldClaim({"target": None, "measure": "unspecified", "status": "threatened"}),
            ),
        },
    ),
    "a2": Gold("a2", {"actors": (GoldClaim(ADA),), "quotes": ()}),
}


def line(article_id: str = "a1", **claims: object) -> str:
    return json.dumps({"article_id": article_id, "claims": claims})


def load(path: Path, *lines: str, schema: ClaimSchema = SCHEMA) -> LoadedPredictions:
    file = path / "mine.v2.jsonl"
    file.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8", newline="")
    return load_predictions(file, schema, GOLD)


def scored(loaded: LoadedPredictions) -> CellEvaluation:
    return evaluate([loaded.cell_predictions], GOLD, SCHEMA).cells[0]


def claims_of(loaded: LoadedPredictions, article_id: str = "a1") -> dict[str, Any]:
    (found,) = [
        each for each in loaded.cell_predictions.predictions if each.article_id == article_id
    ]
    return {name: list(claims) for name, claims in found.claims.items()}


def test_load_predictions_names_the_cell_by_the_files_stem(tmp_path: Path) -> None:
    assert load(tmp_path, line(**EMPTY)).cell_predictions.cell == Cell("mine.v2", "external")


def test_load_predictions_takes_a_name(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(line(**EMPTY))
    loaded = load_predictions(tmp_path / "x.jsonl", SCHEMA, GOLD, name="other")
    assert loaded.cell_predictions.cell == Cell("other", "external")


def test_gold_folder_as_predictions_scores_one_wherever_it_is_defined(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "a1.json").write_text(json.dumps(GOLD_FILE, indent=2))
    second = {"article_id": "a2", "claims": {"actors": [ADA]}}
    (folder / "a2.json").write_text(json.dumps(second))
    loaded = load_predictions(folder, SCHEMA, GOLD)
    assert loaded.cell_predictions.cell == Cell("labels", "external")
    assert loaded.absent == ()
    cell = scored(loaded)
    values = [
        value
        for row in cell.scores
        for score in (row.micro, row.macro, row.readable)
        for value in (score.precision, score.recall, score.f1)
    ]
    assert set(values) == {1.0}
    actors = cell.score_of("actors")
    assert actors is not None
    assert (actors.counts.tp, actors.counts.set_aside) == (2, 1)


def test_gold_only_and_unknown_fields_are_dropped(tmp_path: Path) -> None:
    claim = {**ADA, "optional": True, "aliases": ["x"], "accept": {}, "confidence": 0.5}
    assert claims_of(load(tmp_path, line(actors=[claim]))) == {"actors": [ADA]}


def test_missing_nullable_field_is_null(tmp_path: Path) -> None:
    loaded = load(tmp_path, line(actors=[{"name": "Ada Lovelace", "kind": "person"}]))
    assert claims_of(loaded) == {"actors": [ADA]}


def test_article_without_a_line_is_a_failed_unit(tmp_path: Path) -> None:
    loaded = load(tmp_path, line("a1", actors=[ADA]))
    assert loaded.absent == ("a2",)
    assert "1 article(s) ('a2') of the gold without a line" in loaded.notes[0]
    cell = scored(loaded)
    assert cell.failures == {"absent": 1}
    row = cell.score_of("actors")
    assert row is not None
    assert (row.counts.tp, row.counts.fn, row.n_failed) == (1, 1, 1)
    assert (row.micro.recall, row.readable.recall) == (0.5, 1.0)


def test_line_without_gold_is_reported_and_left_out(tmp_path: Path) -> None:
    loaded = load(tmp_path, line("a1", actors=[]), line("zz", actors=[ADA]))
    assert loaded.without_gold == ("zz",)
    assert [each.article_id for each in loaded.cell_predictions.predictions] == ["a1", "a2"]
    assert any("'zz'" in note and "without gold" in note for note in loaded.notes)


def test_claim_type_that_no_line_has_is_not_scored(tmp_path: Path) -> None:
    loaded = load(tmp_path, line("a1", quotes=[], actors=[ADA]), line("a2", actors=[]))
    assert loaded.cell_predictions.claim_types == ("actors", "quotes")
    assert loaded.types_not_scored == ("dates", "sanctions")
    assert claims_of(loaded, "a2") == {"actors": [], "quotes": []}
    assert any("dates, sanctions" in note for note in loaded.notes)


def test_empty_predictions_have_recall_zero_and_no_precision(tmp_path: Path) -> None:
    row = scored(load(tmp_path, line("a1", **EMPTY), line("a2", **EMPTY))).score_of(OVERALL)
    assert row is not None
    assert (row.micro.recall, row.micro.f1, row.n_types, row.n_failed) == (0.0, 0.0, 4, 0)
    assert isnan(row.micro.precision)


@pytest.mark.parametrize("content", [b"", b"\n  \r\n\n", b"\xef\xbb\xbf"])
def test_empty_file_predicts_nothing_of_every_claim_type(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    loaded = load_predictions(tmp_path / "x.jsonl", SCHEMA, GOLD)
    assert loaded.cell_predictions.claim_types == tuple(SCHEMA.types)
    assert loaded.absent == ("a1", "a2")
    assert loaded.types_not_scored == ()
    row = scored(loaded).score_of(OVERALL)
    assert row is not None
    assert row.micro.recall == 0
    assert isnan(row.micro.precision)


def test_lines_without_any_claim_type_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match=r'"claims": \{"actors": \[\]\}'):
        load(tmp_path, line("a1"), line("a2"))


def test_blank_lines_marks_and_other_line_ends_are_harmless(tmp_path: Path) -> None:
    text = json.dumps({**ADA, "name": "Ada\u2028Lovelace\x85"}, ensure_ascii=False)
    content = f'\ufeff\r\n{{"article_id": "a1", "claims": {{"actors": [{text}]}}}}\r\n\r\n'
    (tmp_path / "x.jsonl").write_bytes(content.encode())
    loaded = load_predictions(tmp_path / "x.jsonl", SCHEMA, GOLD)
    assert claims_of(loaded)["actors"][0]["name"] == "Ada\u2028Lovelace\x85"


def test_word_outside_the_vocabulary_is_kept_and_equals_nothing(tmp_path: Path) -> None:
    odd = {**ADA, "kind": "human"}
    loaded = load(tmp_path, line(actors=[odd, {**odd, "kind": "Person"}]))
    assert claims_of(loaded)["actors"][0] == odd
    assert loaded.notes[-1].startswith("2 of actors.kind equal nothing; the first: 'human' is not")
    row = scored(loaded).score_of("actors", "strict")
    assert row is not None
    assert (row.counts.tp, row.counts.fp) == (0, 2)


def test_invalid_edtf_is_kept_and_said(tmp_path: Path) -> None:
    loaded = load(tmp_path, line(dates=[{"text": "soon", "value": "soon"}]))
    assert claims_of(loaded)["dates"][0]["value"] == "soon"
    assert "1 of dates.value equal nothing; the first: 'soon'" in loaded.notes[-1]


def test_null_anchor_is_a_value_where_the_field_may_be_null(tmp_path: Path) -> None:
    claim = {"target": None, "measure": "unspecified", "status": "threatened"}
    loaded = load(tmp_path, line(sanctions=[claim]))
    assert claims_of(loaded)["sanctions"][0]["target"] is None


def test_half_a_surrogate_pair_is_replaced(tmp_path: Path) -> None:
    loaded = load(tmp_path, line(actors=[{**ADA, "name": "Ada \ud83d x", "kind": "\udc00"}]))
    claim = claims_of(loaded)["actors"][0]
    assert (claim["name"], claim["kind"]) == ("Ada \ufffd x", "\ufffd")


PROBLEMS = [
    ("{", ":1", "is not one JSON object"),
    ('{"article_id": "a1", "claims": {}} {}', ":1", "is not one JSON object"),
    ("[]", ":1", "must be an object, not []"),
    ("[" * 100_000, ":1", "nested too deeply"),
    ("9" * 5000, ":1", "is not one JSON object"),
    ('{"article_id": "a1", "claims": NaN}', ":1", "NaN is no JSON value"),
    ('{"article_id": "a1", "claims": {"actors": [], "actors": []}}', ":1", "'actors' twice"),
    ('{"claims": {"actors": []}}', ":1: article_id", "is missing"),
    ('{"article_id": 7, "claims": {"actors": []}}', ":1: article_id", "not 7"),
    ('{"article_id": "", "claims": {"actors": []}}', ":1: article_id", 'not ""'),
    ('{"article_id": "a1"}', ":1: claims", "is missing: it must be an object"),
    ('{"article_id": "a1", "claims": []}', ":1: claims", "must be an object"),
    (line(people=[]), ":1: claims", "'people' is no claim type; there are actors, quotes, dates,"),
    (line(actors={}), ":1: actors", "must be a list of claims, not {}"),
    (line(actors=None), ":1: actors", "must be a list of claims, not null"),
    (line(actors=["Ada"]), ":1: actors[0]", 'must be a claim, an object, not "Ada"'),
    (line(actors=[ADA, {"kind": "person"}]), ":1: actors[1].name", "is missing"),
    (
        line(actors=[{**ADA, "name": None}]),
        ":1: actors[0].name",
        "must be a valid string, not null",
    ),
    (line(actors=[{**ADA, "name": 3}]), ":1: actors[0].name", "must be a valid string, not 3"),
    (line(actors=[{**ADA, "role": True}]), ":1: actors[0].role", "not true"),
    (line(actors=[{**ADA, "role": ["x"]}]), ":1: actors[0].role", 'not ["x"]'),
    (line(actors=[{**ADA, "kind": None}]), ":1: actors[0].kind", "not null"),
    (line(actors=[{**ADA, "kind": 1}]), ":1: actors[0].kind", "not 1"),
    (line(actors=[{"name": "x"}]), ":1: actors[0].kind", "is missing"),
    (line(actors=[{**ADA, "name": 1e999}]).replace("Infinity", "1e999"), "actors[0].name", "not"),
    (line(dates=[{"text": "x"}]), ":1: dates[0].value", "is missing"),
]


@pytest.mark.parametrize(("text", "where", "what"), PROBLEMS)
def test_problem_says_where_and_what(tmp_path: Path, text: str, where: str, what: str) -> None:
    with pytest.raises(PredictionsError) as caught:
        load(tmp_path, text)
    (problem,) = caught.value.problems
    assert problem.where.startswith(str(tmp_path / "mine.v2.jsonl"))
    assert problem.where.endswith(where)
    assert what in problem.what
    assert len(problem.what) < 300
    assert caught.value.exit_code == 2


def test_nesting_within_a_claim_is_a_problem(tmp_path: Path) -> None:
    nested: list[Any] = []
    for _ in range(400):
        nested = [nested]
    with pytest.raises(PredictionsError, match="nested too deeply to be a claim"):
        load(tmp_path, line(actors=[{**ADA, "role": nested}]))


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    lines = [
        b"{",
        line(actors=[{"name": 1, "kind": "person"}, 2], dates=3).encode(),
        b"",
        '{"article_id": "é"}'.encode("latin-1"),
        line("a1", actors=[]).encode(),
    ]
    file.write_bytes(b"\n".join(lines))
    with pytest.raises(PredictionsError) as caught:
        load_predictions(file, SCHEMA, GOLD)
    places = [problem.where.removeprefix(str(file)) for problem in caught.value.problems]
    assert places == [
        ":1",
        ":2: actors[0].name",
        ":2: actors[1]",
        ":2: dates",
        ":4",
        ":5: article_id",
    ]
    assert "is not UTF-8" in caught.value.problems[4].what
    assert f"'a1' stands in {file}:2 already" in caught.value.problems[5].what


def test_problem_in_a_gold_folder_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(line(quotes=[{"text": 1}]))
    (tmp_path / "b.json").write_text("")
    with pytest.raises(PredictionsError) as caught:
        load_predictions(tmp_path, SCHEMA, GOLD)
    assert [problem.where for problem in caught.value.problems] == [
        f"{tmp_path / 'a.json'}: quotes[0].text",
        str(tmp_path / "b.json"),
    ]


def test_path_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="is not there"):
        load_predictions(tmp_path / "nowhere.jsonl", SCHEMA, GOLD)
    with pytest.raises(PredictionsError, match="holds no gold file"):
        load_predictions(tmp_path, SCHEMA, GOLD)
    (tmp_path / "x.jsonl").write_text(line(**EMPTY), encoding="utf-16")
    with pytest.raises(PredictionsError, match="UTF-16"):
        load_predictions(tmp_path / "x.jsonl", SCHEMA, GOLD)


class Payment(BaseModel):
    """A payment."""

    payee: Annotated[str, Compare("name", anchor=True)]
    amount: Annotated[int | None, Compare("text", key=True)]
    currency: str = "EUR"


class Ledger(BaseModel):
    """Payments."""

    payments: list[Payment]


def test_schema_of_ones_own_is_checked_by_its_own_types(tmp_path: Path) -> None:
    schema = ClaimSchema.from_class(Ledger)
    good = [{"payee": "Ada", "amount": 3}, {"payee": "Bob"}]
    loaded = load(tmp_path, line(payments=good), schema=schema)
    assert claims_of(loaded)["payments"] == [
        {"payee": "Ada", "amount": 3, "currency": "EUR"},
        {"payee": "Bob", "amount": None, "currency": "EUR"},
    ]
    for amount in ("3", 3.5, True):
        with pytest.raises(PredictionsError, match=r"payments\[0\]\.amount"):
            load(tmp_path, line(payments=[{"payee": "Ada", "amount": amount}]), schema=schema)
