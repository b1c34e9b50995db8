"""The people on call now: the policy's rotation together with the overrides that people have added since.

Promises that an override counts from the moment it is added, without a new deployment, and that adding the same one
again changes nothing. Must not know why a person is called.
"""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.statements import records, write
from activities.database.tables import insert_into, on_call_overrides, to_its_end
from policies.document.rotation import Override, Rotation, on_call

_TABLE = on_call_overrides.c


class AddedOverride(BaseModel):
    """An override in the database, and who added it. An empty `instead_of` replaces all people on call."""

    model_config = ConfigDict(frozen=True)

    id: int
    policy: str
    rotation: str
    key: str
    person: str
    instead_of: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    added_by: str
    added_at: AwareDatetime

    @property
    def override(self) -> Override:
        """The same override in the form that a rotation holds."""
        return Override(
            starts=self.starts_at, until=self.ends_at, person=self.person, instead_of=self.instead_of or None
        )


class OnCall:
    """The table `on_call_overrides`, and the policy's rotations joined with it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def people(self, policy: str, name: str, rotation: Rotation, at: datetime) -> tuple[str, ...]:
        """Return the keys of the people on call at `at` in the policy's rotation `name`, in order; empty in a gap."""
        holding = (_TABLE.starts_at <= at) & (_TABLE.ends_at > at)
        return on_call(_joined(rotation, await self._read(policy, name, holding)), at)

    async def rotation(self, policy: str, name: str, rotation: Rotation, since: datetime) -> Rotation:
        """Return the rotation with every added override that has not ended at `since`."""
        return _joined(rotation, await self._read(policy, name, _TABLE.ends_at > since))

    async def overrides(self, policy: str, rotation: str, since: datetime | None = None) -> list[AddedOverride]:
        """Return a rotation's overrides that have not ended at `since`, in the order they were added; the last wins."""
        return await self._read(policy, rotation, *([] if since is None else [_TABLE.ends_at > since]))

    @to_its_end
    async def add(
        self, policy: str, rotation: str, override: Override, *, by: str, at: datetime, key: str = ""
    ) -> AddedOverride:
        """Add an override, or change the one with the same key. Its times must be instants, not wall clock."""
        fields: dict[str, Any] = {
            "person": override.person,
            "instead_of": override.instead_of or "",
            "starts_at": override.starts,
            "ends_at": override.until,
        }
        key = key or " ".join(str(value) for value in fields.values())
        inserting = insert_into(on_call_overrides, self._engine).values(
            policy=policy, rotation=rotation, key=key, added_by=by, added_at=at, **fields
        )
        changing = inserting.on_conflict_do_update(index_elements=["policy", "rotation", "key"], set_=fields)
        async with self._engine.begin() as connection:
            row = (await connection.execute(changing.returning(on_call_overrides))).mappings().one()
            return AddedOverride.model_validate(dict(row))

    async def remove(self, number: int) -> bool:
        """Remove an override by its id. Return False where there is none."""
        return await write(self._engine, delete(on_call_overrides).where(_TABLE.id == number)) > 0

    async def _read(self, policy: str, rotation: str, *also: ColumnElement[bool]) -> list[AddedOverride]:
        query = select(on_call_overrides).where(_TABLE.policy == policy, _TABLE.rotation == rotation, *also)
        return await records(self._engine, AddedOverride, query.order_by(_TABLE.id))


def _joined(rotation: Rotation, added: list[AddedOverride]) -> Rotation:
    """Put the added overrides last, so that they win over the policy's own."""
    overrides = (*rotation.overrides, *(each.override for each in added))
    return rotation.model_copy(update={"overrides": overrides})
