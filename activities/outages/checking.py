"""Checks the condition of an outage under the policies of this worker, before the outage is opened.

Promises a sentence with line and column for each thing that is wrong. Must not know conversations.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.editions import newest_allowed
from policies.document.document import Document
from policies.editions import FIRST
from policies.running.conditions.evaluating import check_condition
from policies.running.own_fields import USUAL, fact_types
from policies.text.spelling import did_you_mean


class CheckedOutage(BaseModel):
    """Why an outage can't be opened, in a sentence that is empty where it can; and the edition of its run."""

    model_config = ConfigDict(frozen=True)

    trouble: str = ""
    edition: int = FIRST


class OutageCheck:
    """The check under the policies that this worker knows."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents

    @activity.defn(name="outages.check")
    async def check(self, when: str, policy: str) -> CheckedOutage:
        """Check a condition for the conversations of one policy, or of all."""
        return CheckedOutage(trouble=trouble_with(when, policy, self._documents), edition=newest_allowed())


def trouble_with(when: str, policy: str, documents: Mapping[str, Document]) -> str:
    """Return why conversations could not judge the condition; empty where those of at least one policy can.

    Policies declare attributes and fields of the customer of their own, so a condition may fit some policies only.
    """
    if policy and policy not in documents:
        return f"policy: there is no policy {policy}: {did_you_mean(policy, documents)}"
    named = {policy: documents[policy]} if policy else documents
    types = [fact_types(each.attributes, each.customer_fields) for each in named.values()] or [USUAL]
    found = [check_condition(when, None, each) for each in types]
    if not all(found):
        return ""
    return "; ".join(f"when:{line}:{column}: {sentence}" for line, column, sentence in found[0])
