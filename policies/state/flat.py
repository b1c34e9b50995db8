"""The JSON of a record of records: the fields of all of them side by side, in an order of its own.

Promises that each field is declared once, in its record; where it has another name in JSON, its alias says so. Must not
know which records there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any, NamedTuple, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class _Field(NamedTuple):
    """One field as it is in JSON; `path` leads to it, such as `sla.clocks`."""

    name: str
    path: str
    shape: core_schema.TypedDictField


def records_of(whole: type[Any]) -> dict[str, type[Any]]:
    """Return the types of the fields that are records, which are never null."""
    return {field.name: cast("type[Any]", field.type) for field in fields(whole) if is_dataclass(field.type)}


def flat_schema(whole: type[Any], order: Sequence[str], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return the schema of `whole`, which reads and writes the fields of its records as if they were its own.

    `order` has names of fields in JSON; the fields that are not in it follow.
    """
    rank = {name: number for number, name in enumerate(order)}
    declared: Any = handler.resolve_ref_schema(handler(whole))
    found = sorted(_fields(declared, handler), key=lambda field: rank.get(field.name, len(rank)))
    names, paths = [field.name for field in found], [field.path for field in found]
    values, inside = attrgetter(*paths), dict[str, list[tuple[str, str]]]()
    for name, path in zip(names, paths, strict=True):
        record, _, field = path.rpartition(".")
        inside.setdefault(record, []).append((field, name))
    own, parts = inside.pop(""), [(record, records_of(whole)[record], each) for record, each in inside.items()]

    def read(flat: Mapping[str, Any]) -> Any:
        records = {record: kind(**{field: flat[name] for field, name in each}) for record, kind, each in parts}
        return whole(**{field: flat[name] for field, name in own}, **records)

    def written(value: Any) -> dict[str, Any]:
        return dict(zip(names, values(value), strict=True))

    shape = core_schema.typed_dict_schema({field.name: field.shape for field in found}, cls_name=whole.__name__)
    writing = core_schema.plain_serializer_function_ser_schema(written, return_schema=shape)
    # Under the reference of the declared schema, which would else be used where `whole` comes a second time.
    return core_schema.no_info_after_validator_function(read, shape, ref=declared["ref"], serialization=writing)


def _fields(schema: CoreSchema, handler: GetCoreSchemaHandler, path: str = "") -> Iterator[_Field]:
    """Yield the fields of a record, and for a field that is a record itself those inside it."""
    record: Any = handler.resolve_ref_schema(schema)
    for field in record["schema"]["fields"]:
        at, shape = f"{path}{field['name']}", field["schema"]
        inner: Any = handler.resolve_ref_schema(shape["schema"]) if shape["type"] == "default" else shape
        if inner["type"] == "dataclass":
            yield from _fields(inner, handler, f"{at}.")
        else:
            name, is_required = field.get("serialization_alias", field["name"]), shape["type"] != "default"
            described = core_schema.typed_dict_field(
                shape,
                required=is_required,
                serialization_exclude_if=field.get("serialization_exclude_if"),
                metadata=field.get("metadata"),
            )
            yield _Field(name, at, described)
