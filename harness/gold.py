"""Gold: the claims that a person labelled, read from the JSON files of a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from types import GenericAlias
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from harness.claims import ClaimSchema, ClaimType
from harness.corpus import file_stem
from harness.errors import GoldError, InputError, Problem
from harness.records import Gold, GoldClaim
from harness.tables import read_text

__all__ = ["dump_gold", "gold_json_schema", "gold_model", "load_gold"]

_TOO_DEEP = "is nested too deeply to be gold"
_JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
# No number passes for a text, and no misspelt key for one that was left out.
_STRICT = ConfigDict(extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True)
_TOP_KEYS = ("article_id", "labeller", "claims", "notes", "$schema")


def load_gold(folder: Path, schema: ClaimSchema) -> dict[str, Gold]:
    """Read gold files and check their form; `harness.gold_check` checks them against articles.

    Parameters
    ----------
    folder
        A folder whose every ``*.json`` is a gold file, or one gold file.
    schema
        The claim types that may be labelled. One that is missing from a file was not labelled.

    Returns
    -------
    dict of str to Gold
        By article id, in the order of the file names.

    Raises
    ------
    GoldError
        With every problem of every file.
    """
    if not folder.exists():
        raise GoldError([Problem(str(folder), "is not there: give a folder of gold files")])
    files = [folder]
    if folder.is_dir():
        # What another system leaves beside a copied file (._a.json) is no gold.
        visible = (each for each in folder.glob("*.json") if not each.name.startswith("._"))
        files = sorted(visible, key=attrgetter("name"))
    if not files:
        raise GoldError([Problem(str(folder), "holds no .json file: give a folder of gold files")])
    model = gold_model(schema)
    problems: list[Problem] = []
    found: dict[str, Gold] = {}
    first: dict[str, Path] = {}
    for file in files:
        gold = _load_file(file, model, schema, problems)
        if gold is None:
            continue
        if gold.article_id in first:
            problem = f"{gold.article_id!r} is that of {first[gold.article_id]} too: keep one file"
            problems.append(Problem(f"{file}: article_id", problem))
        first.setdefault(gold.article_id, file)
        found[gold.article_id] = gold
    if problems:
        raise GoldError(problems)
    return found


def dump_gold(gold: Gold, schema: ClaimSchema) -> dict[str, Any]:
    """Bring gold into the form of its file, leaving out gold-only fields that are empty.

    Parameters
    ----------
    gold
        Gold whose claim types are of the schema.
    schema
        The claim types; their fields are written in its order.

    Returns
    -------
    dict
        What `json.dump` takes, and `load_gold` reads back as an equal record.
    """
    return {
        "article_id": gold.article_id,
        "labeller": gold.labeller,
        "claims": {
            name: [_dump_claim(claim, schema.types[name]) for claim in claims]
            for name, claims in gold.claims.items()
        },
        "notes": gold.notes,
    }


def gold_json_schema(schema: ClaimSchema) -> dict[str, Any]:
    """Describe the form of a gold file for editors, which complete and check by it."""
    description = gold_model(schema).model_json_schema()
    return {"$schema": _JSON_SCHEMA, **description, "title": f"Gold file of {schema.name}"}


def gold_model(schema: ClaimSchema) -> type[BaseModel]:
    """Build the form of a gold file: the claims of a schema with the gold-only fields.

    A claim is that of the schema plus ``optional``, ``accept`` (other values of its compared
    fields) and, where the claim type `has_aliases`, ``aliases``. Unknown keys are refused, and
    no value is turned into one of another type.
    """
    lists: dict[str, Any] = {
        name: (GenericAlias(list, _claim_model(claim_type)), Field(default_factory=list))
        for name, claim_type in schema.types.items()
    }
    claims = create_model(
        "GoldClaims",
        __doc__="The labelled claims. A claim type that is left out was not labelled.",
        __config__=_STRICT,
        **lists,
    )
    fields: dict[str, Any] = {
        "json_schema": (str, Field("", alias="$schema", description="Where this form is kept.")),
        "article_id": (str, Field(description="The id of the article; it names the file, too.")),
        "labeller": (str, Field("", description="Initials or name of the labelling pass.")),
        "claims": (claims, Field()),
        "notes": (str, Field("", description="What was hard, in a sentence or two.")),
    }
    return create_model(
        "GoldFile",
        __doc__="The claims that a person labelled in one article.",
        __config__=_STRICT,
        **fields,
    )


def _claim_model(claim_type: ClaimType) -> type[BaseModel]:
    """The form of a gold claim: the claim's own fields, and the gold-only ones behind them."""
    name = claim_type.model.__name__
    own = claim_type.model.model_fields
    others: dict[str, Any] = {
        field.name: (GenericAlias(list, own[field.name].annotation), Field(default_factory=list))
        for field in claim_type.compared
    }
    accept = create_model(
        f"{name}Accept",
        __doc__="Other values of a field that are just as right.",
        __config__=_STRICT,
        **others,
    )
    about_optional = "A prediction of it is neither rewarded nor punished."
    about_aliases = "Every other form by which the article refers to it."
    fields: dict[str, Any] = {
        "optional": (bool, Field(False, description=about_optional)),
        "accept": (accept, Field(default_factory=accept)),
    }
    if claim_type.has_aliases:
        fields["aliases"] = (list[str], Field(default_factory=list, description=about_aliases))
    return create_model(
        f"Gold{name}",
        __doc__=claim_type.model.__doc__,
        __base__=claim_type.model,
        __cls_kwargs__=dict(_STRICT),
        **fields,
    )


def _load_file(
    file: Path, model: type[BaseModel], schema: ClaimSchema, problems: list[Problem]
) -> Gold | None:
    """Read one file; None where it holds no gold. What is wrong with it goes to `problems`."""
    repeated: list[str] = []

    def keep_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return found

    try:
        text = read_text(file)
        raw = json.loads(text, object_pairs_hook=keep_repeated)
        # Strictness differs for JSON: a list may stand for a tuple, a text for a date.
        read = model.model_validate_json(text)
    except InputError as error:
        problems.extend(error.problems)
    except ValidationError as error:
        problems.extend(_form_problems(file, error, schema))
    except RecursionError:
        problems.append(Problem(str(file), _TOO_DEEP))
    except ValueError as error:
        problems.append(Problem(str(file), f"is not JSON ({error}): correct it there"))
    else:
        gold = _gold(read, list(raw["claims"]), schema)
        problems.extend(_repeated_keys(file, repeated))
        if file.stem != (stem := file_stem(gold.article_id)):
            problem = f"{gold.article_id!r} is the article of {stem}.json: correct id or file name"
            problems.append(Problem(f"{file}: article_id", problem))
        return gold
    problems.extend(_repeated_keys(file, repeated))
    return None


def _repeated_keys(file: Path, names: Sequence[str]) -> list[Problem]:
    return [
        Problem(str(file), f"an object has the key {name!r} twice: keep one, the first is lost")
        for name in names
    ]


def _form_problems(file: Path, error: ValidationError, schema: ClaimSchema) -> list[Problem]:
    """Say for each error of the form where it is in the file, and what to do."""
    problems = []
    for detail in error.errors(include_url=False):
        place = _place(detail["loc"])
        known = _known_keys(detail["loc"], schema)
        message = detail["msg"].replace("Input should be", "should be")
        if detail["type"] == "missing":
            message = "is missing: add it"
        elif detail["type"] == "extra_forbidden":
            message = "is no key of a gold file: remove it"
            if known:
                message = f"is unknown: correct it to one of {', '.join(known)}, or remove it"
        elif detail["type"] == "json_invalid":
            # What is no JSON is said before: of this reader, it is the depth.
            is_deep = "recursion" in message
            message = _TOO_DEEP if is_deep else f"is not JSON ({message}): correct it there"
        elif message != detail["msg"]:
            message = f"{message}, not {_shown(detail['input'])}"
        problems.append(Problem(f"{file}: {place}" if place else str(file), message))
    return problems


def _place(loc: Sequence[int | str]) -> str:
    """Write a place in a gold file as people do: ``quotes[2].text``."""
    parts = loc[1:] if len(loc) > 1 and loc[0] == "claims" else loc
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return place.removeprefix(".")


def _known_keys(loc: Sequence[int | str], schema: ClaimSchema) -> tuple[str, ...]:
    """The keys that may stand where an unknown one does."""
    match tuple(loc):
        case (_,):
            return _TOP_KEYS
        case ("claims", _):
            return tuple(schema.types)
        case ("claims", str(name), int(), _):
            claim_type = schema.types[name]
            aliases = ("aliases",) if claim_type.has_aliases else ()
            own = tuple(field.name for field in claim_type.fields)
            return (*own, "optional", "accept", *aliases)
        case ("claims", str(name), int(), "accept", _):
            return tuple(field.name for field in schema.types[name].compared)
    return ()


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _gold(read: BaseModel, names: Sequence[str], schema: ClaimSchema) -> Gold:
    """The record of a file that has the right form; `names` are the claim types that it has."""
    values = read.model_dump(mode="json", by_alias=False)
    return Gold(
        article_id=values["article_id"],
        claims={
            name: tuple(_gold_claim(claim, schema.types[name]) for claim in values["claims"][name])
            for name in names
        },
        labeller=values["labeller"],
        notes=values["notes"],
    )


def _gold_claim(values: Mapping[str, Any], claim_type: ClaimType) -> GoldClaim:
    return GoldClaim(
        values={field.name: values[field.name] for field in claim_type.fields},
        optional=values["optional"],
        accept={name: tuple(others) for name, others in values["accept"].items() if others},
        aliases=tuple(values.get("aliases", ())),
    )


def _dump_claim(claim: GoldClaim, claim_type: ClaimType) -> dict[str, Any]:
    values = {field.name: claim.values[field.name] for field in claim_type.fields}
    accept = {name: list(others) for name, others in claim.accept.items() if others}
    return {
        **values,
        **({"aliases": list(claim.aliases)} if claim.aliases else {}),
        **({"optional": True} if claim.optional else {}),
        **({"accept": accept} if accept else {}),
    }
