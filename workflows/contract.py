"""Names that callers rely on: additive changes only.

Promises to import nothing but the SDK's types, so that a client need not load what a worker needs.
"""

from temporalio.common import SearchAttributeKey

WORKFLOW_TYPE = "Conversation"
ID_PREFIX = "conversation/"
TEAM_TYPE = "Team"
TEAM_PREFIX = "team/"
OUTAGE_TYPE = "Outage"
OUTAGE_PREFIX = "outage/"
SLACK_QUEUE = "-slack"
"""The suffix of the task queue whose workers send to Slack, which has a rate limit of its own."""

STATUS = SearchAttributeKey.for_keyword("BatonStatus")
TEAM = SearchAttributeKey.for_keyword("BatonTeam")
ASSIGNEE = SearchAttributeKey.for_keyword("BatonAssignee")
SLA_STATE = SearchAttributeKey.for_keyword("BatonSlaState")
PRIORITY = SearchAttributeKey.for_keyword("BatonPriority")
CHANNEL = SearchAttributeKey.for_keyword("BatonChannel")
REASON = SearchAttributeKey.for_keyword("BatonReason")
TAGS = SearchAttributeKey.for_keyword_list("BatonTags")
TIER = SearchAttributeKey.for_int("BatonTier")
NEXT_DEADLINE = SearchAttributeKey.for_datetime("BatonNextDeadline")
EDITION = SearchAttributeKey.for_int("BatonEdition")
OUTAGE = SearchAttributeKey.for_keyword("BatonOutage")
SEARCH_ATTRIBUTES = (
    *(STATUS, TEAM, ASSIGNEE, SLA_STATE, PRIORITY, CHANNEL, REASON, TAGS, TIER, NEXT_DEADLINE, EDITION),
    OUTAGE,
)
