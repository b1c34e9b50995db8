"""The search attributes in the server: registered once, verified at each start of a worker and while it runs.

Promises a sentence with its remedy where one is missing, or exists with another type, which the server itself would
accept silently.
"""

from collections.abc import Mapping

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client

from worker.trouble import TroubleError
from workflows.contract import SEARCH_ATTRIBUTES

_WANTED = {key.name: int(key.indexed_value_type) for key in SEARCH_ATTRIBUTES}


async def register(client: Client) -> list[str]:
    """Add missing search attributes and verify the others. Return the names added. Raises TroubleError."""
    existing = await _existing(client)
    missing = {name: kind for name, kind in _WANTED.items() if name not in existing}
    if missing:
        request = AddSearchAttributesRequest(namespace=client.namespace)
        for name, kind in missing.items():
            request.search_attributes[name] = IndexedValueType.ValueType(kind)
        await client.operator_service.add_search_attributes(request)
        existing = await _existing(client)
    if trouble := trouble_with(existing, client.namespace):
        raise TroubleError(trouble)
    return sorted(missing)


async def attributes_trouble(client: Client) -> str:
    """Return what is wrong with the search attributes, and what to do; empty where they are as they should be."""
    return trouble_with(await _existing(client), client.namespace)


def trouble_with(existing: Mapping[str, int], namespace: str) -> str:
    """Return the same for the search attributes that a namespace has."""
    wrong = [name for name, kind in _WANTED.items() if existing.get(name, kind) != kind]
    if wrong:
        return (
            f"Search attributes with another type than Baton's: {', '.join(wrong)}. Remove them with "
            f"`temporal operator search-attribute remove`, then run `baton register` again."
        )
    missing = [name for name in _WANTED if name not in existing]
    if missing:
        return f"The namespace {namespace} lacks the search attributes {', '.join(missing)}: run `baton register`."
    return ""


async def _existing(client: Client) -> dict[str, int]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    answer = await client.operator_service.list_search_attributes(request)
    return {name: int(kind) for name, kind in answer.custom_attributes.items()}
