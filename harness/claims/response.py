"""The form in which a model is asked to reply, and what to make of a reply in that form."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from harness.claims.schema import ClaimSchema, ClaimType
from harness.records import Bounds, Claim, InvalidItem, ResponseFormat

__all__ = ["InvalidReply", "ValidReply", "claims_of", "response_format", "validate"]


class InvalidReply(ValueError):  # noqa: N818 - an outcome that is counted, no fault of the program
    """A reply whose form is not the one asked for, beyond single items."""


@dataclass(frozen=True, slots=True)
class ValidReply:
    """The claims of a reply, the items that are none, and what was cut."""

    claims: Mapping[str, list[Claim]]
    invalid_items: tuple[InvalidItem, ...]
    warnings: tuple[str, ...]


class _Response(BaseModel):
    """The claims that the article holds."""

    model_config = ConfigDict(title="Claims")
    # A dunder name, for a claim type may have any other.
    __sent__: typing.ClassVar[str]

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        """The schema that is sent: made once; a copy, for some of instructor's modes edit it."""
        return cast(dict[str, Any], json.loads(cls.__sent__))


def response_format(
    schema: ClaimSchema,
    claim_types: Iterable[str],
    bounds: Bounds,
    extra_fields: Iterable[str] = (),
) -> ResponseFormat:
    """Make the form in which a model is asked for some claim types.

    Bounds stand in the JSON Schema that is sent and are no validators: a reply beyond them is
    cut by `validate`, not refused.

    Parameters
    ----------
    schema
        The claim types there are.
    claim_types
        The names of those that are asked for.
    bounds
        Limits on the length of lists and strings.
    extra_fields
        Fields to ask for although they are not compared ("evidence").
    """
    chosen = [schema.types[name] for name in claim_types]
    fields: dict[str, Any] = {
        claim_type.name: (list[claim_type.model], Field(description=claim_type.description))  # type: ignore[name-defined]
        for claim_type in chosen
    }
    plain = create_model("Claims", __doc__=_Response.__doc__, **fields)
    sent = _tidy(plain.model_json_schema(), bounds)
    _drop_unasked(sent, chosen, set(extra_fields))
    model = create_model("Claims", __base__=_Response, __doc__=_Response.__doc__, **fields)
    model.__sent__ = json.dumps(sent)
    return ResponseFormat(model, sent, bounds)


def validate(reply: object, response: ResponseFormat) -> ValidReply:
    """Take the claims out of a reply.

    Parameters
    ----------
    reply
        What the model returned, parsed from JSON.
    response
        The form that was asked for.

    Returns
    -------
    ValidReply
        Valid items as claims; the others as invalid items. What exceeds the bounds is cut.

    Raises
    ------
    InvalidReply
        If the reply is no object with a list for each claim type.
    """
    if not isinstance(reply, dict):
        raise InvalidReply(f"the reply is {_kind(reply)}, not a JSON object")
    claims: dict[str, list[Claim]] = {}
    invalid: list[InvalidItem] = []
    warnings: list[str] = []
    for name, field in response.model.model_fields.items():
        items = reply.get(name)
        if not isinstance(items, list):
            raise InvalidReply(
                f"{name!r} is {_kind(items)}, not a list" if name in reply else f"no {name!r}"
            )
        items = _within(name, items, response.bounds, warnings)
        claims[name] = []
        model = cast(type[BaseModel], typing.get_args(field.annotation)[0])
        for item in items:
            try:
                claim = model.model_validate(item)
            except ValidationError as error:
                invalid.append(InvalidItem(name, _first_problem(error), item))
            else:
                values = claim.model_dump(mode="json", by_alias=False, exclude_none=True)
                claims[name].append(_cut_claim(name, values, response.bounds, warnings))
    return ValidReply(claims, tuple(invalid), tuple(warnings))


def claims_of(reply: BaseModel, response: ResponseFormat) -> ValidReply:
    """Take the claims out of a reply that is valid as a whole.

    Parameters
    ----------
    reply
        The reply, an instance of the model of the form that was asked for.
    response
        The form that was asked for.

    Returns
    -------
    ValidReply
        What exceeds the bounds is cut.
    """
    claims: dict[str, list[Claim]] = {}
    warnings: list[str] = []
    values = reply.model_dump(mode="json", by_alias=False, exclude_none=True)
    for name in response.model.model_fields:
        items = _within(name, values[name], response.bounds, warnings)
        claims[name] = [_cut_claim(name, item, response.bounds, warnings) for item in items]
    return ValidReply(claims, (), tuple(warnings))


def _within(name: str, items: list[Any], bounds: Bounds, warnings: list[str]) -> list[Any]:
    """As many items as the bounds allow."""
    if len(items) > bounds.max_items:
        warnings.append(f"{name}: {len(items)} items cut to {bounds.max_items}")
    return items[: bounds.max_items]


def _cut_claim(name: str, values: Claim, bounds: Bounds, warnings: list[str]) -> Claim:
    return {
        key: value
        if value.__class__ is str and len(value) <= bounds.max_chars
        else _cut(f"{name}.{key}", value, bounds, warnings)
        for key, value in values.items()
    }


def _cut(where: str, value: Any, bounds: Bounds, warnings: list[str]) -> Any:  # noqa: ANN401
    """The value within the bounds, at every depth at which the schema that is sent has them."""
    if isinstance(value, str) and len(value) > bounds.max_chars:
        warnings.append(f"{where}: {len(value)} characters cut to {bounds.max_chars}")
        return value[: bounds.max_chars]
    if isinstance(value, dict):
        return {
            key: _cut(f"{where}.{key}", inner, bounds, warnings) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _cut(where, inner, bounds, warnings)
            for inner in _within(where, value, bounds, warnings)
        ]
    return value


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", str: "a string", type(None): "null"}.get(
        type(value), "a number or boolean"
    )


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'item'}: {problem['msg']}"


def _tidy(schema: dict[str, Any], bounds: Bounds) -> dict[str, Any]:
    """Close every object, require every field, set the bounds, drop what tells a model nothing."""
    tidied = {key: value for key, value in schema.items() if key != "default"}
    for key, value in tidied.items():
        if key in {"properties", "$defs"}:
            tidied[key] = {name: _tidy(inner, bounds) for name, inner in value.items()}
        elif key == "items" and isinstance(value, dict):
            tidied[key] = _tidy(value, bounds)
        elif key in {"anyOf", "oneOf", "allOf", "prefixItems"}:
            tidied[key] = [_tidy(inner, bounds) for inner in value]
    if tidied.get("type") == "object" and "properties" in tidied:
        tidied["properties"] = {
            name: {key: value for key, value in inner.items() if key != "title"}
            for name, inner in tidied["properties"].items()
        }
        tidied["additionalProperties"] = False
        tidied["required"] = list(tidied["properties"])
    elif tidied.get("type") == "array":
        tidied["maxItems"] = min(bounds.max_items, tidied.get("maxItems", bounds.max_items))
    elif tidied.get("type") == "string" and "enum" not in tidied and "const" not in tidied:
        tidied["maxLength"] = min(bounds.max_chars, tidied.get("maxLength", bounds.max_chars))
    return tidied


def _drop_unasked(
    sent: dict[str, Any], claim_types: Iterable[ClaimType], extra_fields: set[str]
) -> None:
    for claim_type in claim_types:
        # Two claim types may be of one model, and two models may be of one name.
        _, _, name = sent["properties"][claim_type.name]["items"]["$ref"].rpartition("/")
        definition = sent["$defs"][name]
        for field in claim_type.fields:
            if field.compare is None and field.name not in extra_fields:
                definition["properties"].pop(field.name, None)
        definition["required"] = list(definition["properties"])
