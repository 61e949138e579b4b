"""What a schema of claims says, read once from its Pydantic models."""

from __future__ import annotations

import importlib
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from harness.claims.fields import Compare, Verbatim
from harness.comparators.name import NameComparator
from harness.errors import SchemaError
from harness.records import Claim, GoldClaim

__all__ = ["DEFAULT_SCHEMA", "ClaimField", "ClaimSchema", "ClaimType", "load_schema"]

DEFAULT_SCHEMA = "harness.claims.news:NewsClaims"

_RESERVED = frozenset({"overall", "strict"})
"""What reports call the mean over claim types, and the columns of the strict level."""

_TEXTS = frozenset({str, type(None)})


@dataclass(frozen=True, slots=True)
class ClaimField:
    """One field of a claim type."""

    name: str
    compare: Compare | None
    verbatim: bool
    nullable: bool
    vocabulary: tuple[str, ...] | None
    has_aliases: bool = False
    allowed: frozenset[str] | None = None
    """The words of the vocabulary, where the field has one, as they are compared."""

    @property
    def comparison(self) -> Compare:
        """How a field that is compared is compared."""
        assert self.compare is not None
        return self.compare

    def text_of(self, values: Claim) -> str | None:
        """The value of this field in a claim, as the text that is compared."""
        value = values.get(self.name)
        return value if value is None or type(value) is str else str(value)

    def column(self, claims: Sequence[Claim]) -> list[str | None]:
        """The values of this field in claims, as `text_of` has them."""
        try:
            values = list(map(itemgetter(self.name), claims))
        except KeyError:  # it is left out of a claim
            values = [claim.get(self.name) for claim in claims]
        if _TEXTS.issuperset(map(type, values)):
            return values
        return [value if value is None else str(value) for value in values]

    def alternatives(self, claim: GoldClaim) -> list[str | None]:
        """The values that are right for a gold claim: its own, those accepted, its aliases."""
        found = [self.text_of(claim.values)]
        if claim.accept and self.name in claim.accept:
            found += [None if value is None else str(value) for value in claim.accept[self.name]]
        if self.has_aliases:
            found += claim.aliases
        return found

    def may_be(self, value: str) -> bool:
        """Whether a value is in the vocabulary, where the field has one."""
        return self.allowed is None or value in self.allowed


@dataclass(frozen=True)
class ClaimType:
    """One claim type: the name of its list in the schema, its model and its fields."""

    name: str
    model: type[BaseModel]
    fields: tuple[ClaimField, ...]

    @cached_property
    def compared(self) -> tuple[ClaimField, ...]:
        """The fields that are compared, in their order."""
        return tuple(field for field in self.fields if field.compare)

    @cached_property
    def keys(self) -> tuple[ClaimField, ...]:
        """The fields that make a claim the same claim."""
        return tuple(field for field in self.fields if field.compare and field.compare.key)

    @cached_property
    def anchor(self) -> ClaimField:
        """The key field that says which claim is meant."""
        return next(field for field in self.fields if field.compare and field.compare.anchor)

    @cached_property
    def other_keys(self) -> tuple[ClaimField, ...]:
        """The key fields but for the anchor."""
        return tuple(field for field in self.keys if field is not self.anchor)

    @cached_property
    def has_aliases(self) -> bool:
        """Whether gold claims may carry aliases: their anchor is a name of their own."""
        return self.anchor.has_aliases

    @cached_property
    def has_content(self) -> bool:
        """Whether claims are words of the article, as quotations are, that may be cut anywhere."""
        return self.anchor.verbatim and self.anchor.comparison.by.has_words

    @property
    def guidance(self) -> str:
        """What a prompt tells a model about this claim type."""
        return str(getattr(self.model, "guidance", "") or (self.model.__doc__ or "")).strip()

    @property
    def description(self) -> str:
        """What one claim is, in a sentence."""
        return (self.model.__doc__ or "").strip()


@dataclass(frozen=True)
class ClaimSchema:
    """A schema of claims: its claim types by name.

    Parameters
    ----------
    name
        ``module:Class``, as in the settings.
    types
        The claim types in the order of the class.
    """

    name: str
    types: Mapping[str, ClaimType]

    @classmethod
    def from_class(cls, schema: type[BaseModel], name: str | None = None) -> ClaimSchema:
        """Read a schema from a Pydantic model whose every field is a list of claims.

        Raises
        ------
        SchemaError
            If a field is no list of Pydantic models, a claim type has no anchor or a name that
            reports use themselves, or a field resolves through a claim type that is not there.
        """
        name = name or f"{schema.__module__}:{schema.__qualname__}"
        found = {
            field_name: _claim_type(name, field_name, field)
            for field_name, field in schema.model_fields.items()
        }
        if not found:
            raise SchemaError(f"schema {name!r} has no claim type: give it a field list[YourClaim]")
        for claim_type in found.values():
            _check_claim_type(name, claim_type, found)
        return cls(name, found)


def load_schema(path: str = DEFAULT_SCHEMA, folder: Path | None = None) -> ClaimSchema:
    """Load the schema that the settings name.

    Parameters
    ----------
    path
        ``module:Class``. The module is looked for among what is installed, then in `folder`.
    folder
        By default the working folder.

    Raises
    ------
    SchemaError
        If it cannot be imported or is no schema of claims.
    """
    module_name, colon, class_name = path.partition(":")
    if not colon or not module_name or not class_name:
        raise SchemaError(f"schema {path!r} is not of the form module:Class")
    module = _import(path, module_name, folder or Path.cwd())
    schema = getattr(module, class_name, None)
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        raise SchemaError(f"schema {path!r}: {module_name} has no Pydantic model {class_name!r}")
    return ClaimSchema.from_class(schema, path)


def _import(path: str, module_name: str, folder: Path) -> types.ModuleType:
    # Behind what is installed: a file of the folder that happens to be named like a library must
    # not take its place.
    sys.path.append(str(folder.resolve()))
    try:
        return importlib.import_module(module_name)
    # It is the user's code: whatever it raises is theirs to mend.
    except (Exception, SystemExit) as error:
        raise SchemaError(
            f"schema {path!r}: module {module_name!r} cannot be imported: "
            f"{type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.remove(str(folder.resolve()))


def _claim_type(schema: str, name: str, field: FieldInfo) -> ClaimType:
    arguments = typing.get_args(field.annotation)
    if typing.get_origin(field.annotation) is not list or not (
        arguments and isinstance(arguments[0], type) and issubclass(arguments[0], BaseModel)
    ):
        raise SchemaError(f"schema {schema!r}: field {name!r} is not a list of a Pydantic model")
    model = arguments[0]
    return ClaimType(
        name, model, tuple(_claim_field(key, value) for key, value in model.model_fields.items())
    )


def _claim_field(name: str, field: FieldInfo) -> ClaimField:
    members = [_bare(member) for member in _members(field.annotation)]
    # `Annotated[str, Compare("text")] | None` says the same as `Annotated[str | None, ...]`.
    notes = [*field.metadata, *(note for _, inner in members for note in inner)]
    kinds = [member for member, _ in members]
    vocabulary = next(
        (typing.get_args(member) for member in kinds if typing.get_origin(member) is Literal),
        None,
    )
    compare = next((note for note in notes if isinstance(note, Compare)), None)
    return ClaimField(
        name=name,
        compare=compare,
        verbatim=any(isinstance(note, Verbatim) for note in notes),
        nullable=type(None) in kinds,
        vocabulary=vocabulary,
        has_aliases=compare is not None
        and compare.anchor
        and isinstance(compare.by, NameComparator)
        and compare.through is None,
        allowed=None if vocabulary is None else frozenset(map(str, vocabulary)),
    )


def _bare(annotation: Any) -> tuple[Any, tuple[Any, ...]]:  # noqa: ANN401 - any type expression
    """A type without the notes of its `Annotated`, and those notes."""
    if typing.get_origin(annotation) is Annotated:
        return annotation.__origin__, annotation.__metadata__
    return annotation, ()


def _members(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any type expression
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return typing.get_args(annotation)
    return (annotation,)


def _check_claim_type(schema: str, claim_type: ClaimType, found: Mapping[str, ClaimType]) -> None:
    where = f"schema {schema!r}: claim type {claim_type.name!r}"
    anchors = [field.name for field in claim_type.keys if field.compare and field.compare.anchor]
    if len(anchors) != 1:
        raise SchemaError(
            f"{where} has {len(anchors)} anchors; mark exactly one field with "
            "Compare(..., anchor=True)"
        )
    if claim_type.name in _RESERVED:
        raise SchemaError(f"{where}: reports use this name themselves; give the field another")
    reserved = {"optional", "accept", "aliases"} & {field.name for field in claim_type.fields}
    if reserved:
        raise SchemaError(f"{where}: {sorted(reserved)} are names that gold files use themselves")
    for field in claim_type.compared:
        compare = cast(Compare, field.compare)
        if compare.through is not None and (
            compare.through not in found or not found[compare.through].has_aliases
        ):
            raise SchemaError(
                f"{where}: field {field.name!r} resolves through {compare.through!r}, which is no "
                "claim type of this schema with a name as its anchor"
            )
        if compare.titles_in is not None and compare.titles_in not in claim_type.model.model_fields:
            raise SchemaError(f"{where}: field {field.name!r}: no field {compare.titles_in!r}")
