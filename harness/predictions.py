"""Claims that were predicted elsewhere: read, checked, and made ready to be scored.

A file has one JSON object a line, ``{"article_id": "...", "claims": {"actors": [...], ...}}``. A
folder of gold files is read as predictions too; what only gold has is left aside.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness.claims import ClaimSchema, ClaimType
from harness.errors import PredictionsError, Problem
from harness.records import Cell, CellPredictions, Claim, Failure, Gold, Prediction

__all__ = ["EXTERNAL", "LoadedPredictions", "load_predictions"]

EXTERNAL = "external"
"""What stands in the place of a prompt for predictions made elsewhere."""

_ABSENT = Failure("absent", "the predictions have no line for this article")
_MAX_SHOWN = 60
_GOLD_ONLY = frozenset({"optional", "accept", "aliases"})
_UTF8_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class LoadedPredictions:
    """Predictions made elsewhere, and what was left out of them.

    Parameters
    ----------
    cell_predictions
        One prediction for each article of the gold.
    absent
        Articles of the gold without a line: their gold counts as missed.
    without_gold
        Predicted articles without gold: left out.
    types_not_scored
        Claim types that no line has.
    notes
        What a person should know of them, one sentence each.
    """

    cell_predictions: CellPredictions
    absent: tuple[str, ...]
    without_gold: tuple[str, ...]
    types_not_scored: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """What has been read so far.

    Parameters
    ----------
    claims, where
        By article id: its claims, and where it stands.
    odd
        By claim type and field: what is said of each value that equals nothing.
    unknown
        By claim type and field: how many claims have a field that the schema does not.
    """

    schema: ClaimSchema
    claims: dict[str, dict[str, list[Claim]]] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    odd: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    unknown: dict[tuple[str, str], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, where: str, what: str) -> None:
        self.problems.append(Problem(where, what))


def load_predictions(
    path: Path, schema: ClaimSchema, gold: Mapping[str, Gold], name: str | None = None
) -> LoadedPredictions:
    """Load claims that were predicted elsewhere.

    Parameters
    ----------
    path
        A JSONL file, or a folder of gold files.
    schema
        The claim types and their fields.
    gold
        By article id: what the predictions will be scored against.
    name
        The name of the cell's model; by default the file's name without its ending.

    Raises
    ------
    PredictionsError
        With everything that is wrong: JSON, types, missing fields, articles that stand twice.
    """
    reading = _Reading(schema)
    for where, text in _documents(path, reading):
        _read_document(reading, where, text)
    if reading.problems:
        raise PredictionsError(reading.problems)
    scored = _scored_types(reading, path)
    absent = tuple(sorted(gold.keys() - reading.claims.keys()))
    without_gold = tuple(sorted(reading.claims.keys() - gold.keys()))
    not_scored = tuple(each for each in schema.types if each not in scored)
    predictions = [_prediction(reading, article_id, scored) for article_id in sorted(gold)]
    cell = Cell(name or (path.resolve().name if path.is_dir() else path.stem), EXTERNAL)
    return LoadedPredictions(
        CellPredictions(cell, scored, predictions),
        absent,
        without_gold,
        not_scored,
        tuple(_notes(reading, absent, without_gold, not_scored)),
    )


def _documents(path: Path, reading: _Reading) -> Iterator[tuple[str, str]]:
    """Where each JSON text of a file or folder stands, and the text."""
    if path.is_dir():
        # An article's id may begin with a full stop; "._" is what another system leaves behind.
        files = sorted(each for each in path.glob("*.json") if not each.name.startswith("._"))
        if not files:
            raise PredictionsError([Problem(str(path), "holds no gold file (*.json)")])
        parts = [(str(file), _read_bytes(file)) for file in files]
    else:
        # Only "\n" ends a line: other line ends may stand in a JSON text.
        lines = _read_bytes(path).split(b"\n")
        parts = [(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    for where, content in parts:
        try:
            yield where, content.decode()
        except UnicodeDecodeError as error:
            byte = content[error.start]
            reading.problem(
                where, f"byte {error.start + 1} (0x{byte:02x}) is not UTF-8: save the file as UTF-8"
            )


def _read_bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        what = "is not there: give a JSONL file or a folder of gold files"
        raise PredictionsError([Problem(str(path), what)]) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise PredictionsError([Problem(str(path), what)]) from error
    if content.startswith(_OTHER_BOMS):
        raise PredictionsError([Problem(str(path), "is UTF-16 or UTF-32: save it as UTF-8")])
    return content.removeprefix(_UTF8_BOM)


def _read_document(reading: _Reading, where: str, text: str) -> None:
    try:
        document = json.loads(
            text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant
        )
    except RecursionError:
        reading.problem(where, "is nested too deeply to be claims")
        return
    except ValueError as error:
        reading.problem(where, f"is not one JSON object: {error}")
        return
    if not isinstance(document, dict):
        reading.problem(where, f"must be an object, not {_shown(document)}")
        return
    article_id = _article_id(reading, where, document)
    claims = document.get("claims")
    if isinstance(claims, dict):
        read = _read_claims(reading, where, claims)
        if article_id is not None:
            reading.claims[article_id] = read
    else:
        what = "must be an object with a list for each claim type"
        reading.problem(f"{where}: claims", _wrong(what, document, "claims"))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"an object has the key {name!r} twice")
    return found


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


def _article_id(reading: _Reading, where: str, document: Mapping[str, Any]) -> str | None:
    """The id of a document's article; None where it has no usable one."""
    article_id = document.get("article_id")
    if not isinstance(article_id, str) or not article_id:
        what = "must be the id of an article, a string"
        reading.problem(f"{where}: article_id", _wrong(what, document, "article_id"))
        return None
    if article_id in reading.where:
        first = reading.where[article_id]
        reading.problem(f"{where}: article_id", f"{article_id!r} stands in {first} already")
        return None
    reading.where[article_id] = where
    return article_id


def _read_claims(
    reading: _Reading, where: str, claims: Mapping[str, Any]
) -> dict[str, list[Claim]]:
    read: dict[str, list[Claim]] = {}
    for name, items in claims.items():
        claim_type = reading.schema.types.get(name)
        if claim_type is None:
            known = ", ".join(reading.schema.types)
            reading.problem(f"{where}: claims", f"{name!r} is no claim type; there are {known}")
        elif not isinstance(items, list):
            reading.problem(f"{where}: {name}", f"must be a list of claims, not {_shown(items)}")
        else:
            read[name] = [
                _read_claim(reading, f"{where}: {name}[{number}]", claim_type, item)
                for number, item in enumerate(items)
            ]
    return read


def _read_claim(reading: _Reading, where: str, claim_type: ClaimType, item: object) -> Claim:
    """Read a claim as its model does, save that words outside a vocabulary stay.

    Fields that the schema does not have are dropped, among them those that only gold has.
    """
    if not isinstance(item, dict):
        reading.problem(where, f"must be a claim, an object, not {_shown(item)}")
        return {}
    for name in item.keys() - claim_type.model.model_fields.keys() - _GOLD_ONLY:
        key = (claim_type.name, str(name))
        reading.unknown[key] = reading.unknown.get(key, 0) + 1
    form, unknown_words = _form(claim_type, item)
    try:
        # As JSON, so that a text may stand for a date.
        text = _without_surrogates(json.dumps(form, ensure_ascii=False))
        read = claim_type.model.model_validate_json(text, strict=True, by_alias=False, by_name=True)
    except RecursionError:
        reading.problem(where, "is nested too deeply to be a claim")
        return {}
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            reading.problem(f"{where}{_place(detail['loc'])}", _what(detail))
        return {}
    values = read.model_dump(mode="json", by_alias=False) | unknown_words
    claim = {each.name: values[each.name] for each in claim_type.fields}
    _note_odd(reading, claim_type, claim, unknown_words)
    return claim


def _form(claim_type: ClaimType, item: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A claim to be checked, and the words outside a vocabulary that were replaced in it."""
    form: dict[str, Any] = {}
    unknown_words: dict[str, str] = {}
    for each in claim_type.fields:
        if each.name in item:
            form[each.name] = item[each.name]
        elif each.nullable and claim_type.model.model_fields[each.name].is_required():
            form[each.name] = None
        value, vocabulary = form.get(each.name), each.vocabulary
        if vocabulary and isinstance(value, str) and value not in vocabulary:
            # A vocabulary of numbers alone has no place for a word.
            words = [word for word in vocabulary if isinstance(word, str)]
            if words:
                form[each.name], unknown_words[each.name] = words[0], _without_surrogates(value)
    return form, unknown_words


def _without_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs, which models emit and neither UTF-8 nor Pydantic takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _place(loc: Sequence[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)


def _what(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "json_invalid":
        return "is nested too deeply to be a claim"
    return f"{detail['msg'].replace('Input should', 'must', 1)}, not {_shown(detail['input'])}"


def _note_odd(
    reading: _Reading, claim_type: ClaimType, claim: Claim, unknown_words: Mapping[str, str]
) -> None:
    for each in claim_type.compared:
        value = claim[each.name]
        odd = None
        if each.name in unknown_words:
            odd = f"{value!r} is not one of {', '.join(map(str, each.vocabulary or ()))}"
        elif each.compare is not None and each.compare.by.name == "edtf" and value is not None:
            odd = each.compare.by.check(str(value))
        if odd is not None:
            reading.odd.setdefault((claim_type.name, each.name), []).append(odd)


def _scored_types(reading: _Reading, path: Path) -> tuple[str, ...]:
    types = tuple(reading.schema.types)
    if not reading.claims:
        return types
    scored = tuple(
        name for name in types if any(name in claims for claims in reading.claims.values())
    )
    if not scored:
        raise PredictionsError(
            f"{path}: no line has a claim type, so there is nothing to score. Where nothing was "
            f'found, give empty lists: "claims": {{"{types[0]}": []}}'
        )
    return scored


def _prediction(reading: _Reading, article_id: str, scored: Sequence[str]) -> Prediction:
    if article_id not in reading.claims:
        return Prediction(article_id, {}, failures=dict.fromkeys(scored, _ABSENT))
    claims = reading.claims[article_id]
    return Prediction(article_id, {name: tuple(claims.get(name, ())) for name in scored})


def _notes(
    reading: _Reading,
    absent: Sequence[str],
    without_gold: Sequence[str],
    not_scored: Sequence[str],
) -> Iterator[str]:
    if not reading.claims:
        yield "There are no predictions: every gold claim counts as missed."
    elif absent:
        yield f"{_articles(absent)} of the gold without a line: their gold counts as missed."
    if without_gold:
        yield f"{_articles(without_gold)} without gold: left out."
    if not_scored:
        yield f"Not scored, because no line has them: {', '.join(not_scored)}."
    for (claim_type, name), odd in reading.odd.items():
        yield f"{len(odd)} of {claim_type}.{name} equal nothing; the first: {odd[0]}."
    for (claim_type, name), n in sorted(reading.unknown.items()):
        fields = ", ".join(each.name for each in reading.schema.types[claim_type].fields)
        yield (
            f"{n} of {claim_type} have the field {_shown(name)}, which is left out: "
            f"there are {fields}."
        )


def _articles(ids: Sequence[str]) -> str:
    shown = ", ".join(map(repr, ids[:3]))
    return f"{len(ids)} article(s) ({shown}{', ...' if len(ids) > 3 else ''})"


def _wrong(what: str, document: Mapping[str, Any], key: str) -> str:
    if key not in document:
        return f"is missing: it {what}"
    return f"{what}, not {_shown(document[key])}"


def _shown(value: object) -> str:
    """A value as JSON, short enough for a message."""
    try:
        text = _without_surrogates(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        text = "a deeply nested value"
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
