"""The incidents, and the calls that may become one."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _text(name: str, **how: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, **how)


def _empty(name: str) -> sa.Column[str]:
    return _text(name, server_default="")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Create the tables. Older workers go on, and call people for each conversation."""
    op.create_table("storm_causes", _text("cause"), _empty("open"), _number("number"), sa.PrimaryKeyConstraint("cause"))
    op.create_table(
        "storm_calls",
        *(_text(name) for name in ("run", "cause", "conversation_id", "page")),
        _instant("called_at"),
        *(_text(name) for name in ("headline", "who")),
        _empty("incident"),
        _number("number"),
        _flag("informed"),
        _empty("left_why"),
        _flag("released"),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("storm_calls_cause", "storm_calls", ["cause", "called_at"])
    op.create_index("storm_calls_incident", "storm_calls", ["incident", "number"])
    op.create_table(
        "incidents",
        *(_text(name) for name in ("id", "cause", "policy", "escalation", "rule")),
        _instant("opened_at"),
        _number("total"),
        _instant("ended_at", nullable=True),
        _empty("ended_by"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("incidents_opened", "incidents", ["opened_at"])
