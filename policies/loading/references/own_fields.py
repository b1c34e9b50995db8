"""Checks of the sections `attributes` and `customer_fields`.

Promises a finding with a remedy for every name that conditions could not use. Must not know the facts' values.
"""

from collections.abc import Iterator

from policies.loading.draft import Draft
from policies.loading.source import Mistake
from policies.running.facts import CustomerFacts
from policies.running.own_fields import can_be_fact


def check_own_fields(draft: Draft) -> Iterator[Mistake]:
    """Find every declared name that can't be one, or that is there already."""
    for section in ("attributes", "customer_fields"):
        for name in draft.names_at((section,)):
            if not can_be_fact(name):
                sentence = (
                    f"`{name}` can't stand in a condition: use letters, digits and _, and no word of CEL or Python"
                )
                yield Mistake((section, name), sentence, at_key=True)
            elif section == "customer_fields" and name in CustomerFacts.__dataclass_fields__:
                sentence = f"every customer has `{name}`: remove it here, and read `customer.{name}`"
                yield Mistake((section, name), sentence, at_key=True)
