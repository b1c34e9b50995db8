"""`baton on-call …`: shows who is on call now and next, and changes that for a while.

Promises that an override counts for every worker at once, without a redeploy, and that no command needs a Temporal
server. Must not know how turns are counted (`policies.document.rotation`).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.terminal.command_groups import ShowUnlessTold
from worker.terminal.running import AsJson, awaited, give, open_client, read_settings
from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError

app = typer.Typer(cls=ShowUnlessTold, help="Show who is on call, now and next; add overrides for swaps and sick days.")
out, err = Terminal(), Terminal(stderr=True)

PolicyName = Annotated[str, typer.Option(help="Only rotations of this policy.")]
By = Annotated[str, typer.Option(help="Your name, for the record.", envvar="USER")]


@app.command(epilog='Example: baton on-call primary --at "2026-12-24 18:00"')
@awaited
async def show(
    name: Annotated[str, typer.Argument(help="A rotation; without it all rotations.")] = "",
    policy: PolicyName = "",
    at: Annotated[str, typer.Option(help="At this time: on the rotation's wall clock, or with an offset.")] = "now",
    following: Annotated[int, typer.Option("--next", min=0, help="How many shifts to show.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Show who is on call now and next. `baton on-call` without a command does the same."""
    from worker.on_call import rotations
    from worker.on_call.printing import print_shifts

    settings, now = read_settings(), datetime.now(UTC)
    rows: list[Any] = []
    async with rotations.open_roster(settings) as roster:
        for standing in rotations.find(settings, now, name=name, policy=policy):
            when = standing.moment(at, now)
            standing = await rotations.with_added(roster, standing, when)
            rows.append((standing, rotations.coming(standing, when, following), when))
    give(as_json, [rotations.as_data(*row) for row in rows], lambda: print_shifts(out, rows))


@app.command(epilog="Example: baton on-call override primary --person ben --instead-of ada --for 4h")
@awaited
async def override(
    name: Annotated[str, typer.Argument(help="A rotation.")],
    person: Annotated[str, typer.Option(help="The person on call, by key or name; or `nobody`.")],
    start: Annotated[
        str, typer.Option("--from", help="From when: a time on the rotation's wall clock, or `now`.")
    ] = "now",
    until: Annotated[str, typer.Option(help="Until when.")] = "",
    lasting: Annotated[str, typer.Option("--for", help="For how long instead, such as 4h or 2d.")] = "",
    instead_of: Annotated[
        str, typer.Option(help="The person to replace; without it all; `nobody` to be on call in addition.")
    ] = "",
    policy: PolicyName = "",
    by: By = "operator",
) -> None:
    """Put another person on call for a while, from this moment on. A swap is two of these."""
    from worker.on_call import rotations
    from worker.on_call.printing import print_override

    settings, now = read_settings(), datetime.now(UTC)
    standing = rotations.find_one(settings, now, name=name, policy=policy)
    wanted = rotations.build(
        standing, now, person=person, instead_of=instead_of, start=start, until=until, lasting=lasting
    )
    async with rotations.open_roster(settings) as roster:
        standing = await rotations.with_added(roster, standing, min(now, wanted.starts))
        if not rotations.changes(standing, wanted):
            raise TroubleError("That would change nothing: `baton on-call` shows who is on call")
        added = await roster.add(standing.policy, standing.name, wanted, by=by, at=now)
    print_override(out, standing, wanted, f"Added {added.id}:")


@app.command(epilog="Example: baton on-call overrides --remove 3")
@awaited
async def overrides(
    name: Annotated[str, typer.Argument(help="A rotation; without it all rotations.")] = "",
    policy: PolicyName = "",
    remove: Annotated[int | None, typer.Option(metavar="ID", help="Remove this override.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also overrides that have ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the overrides that were added, or remove one. Overrides in the policy's file are changed in that file."""
    from worker.on_call import rotations
    from worker.on_call.printing import print_overrides

    settings, now = read_settings(), datetime.now(UTC)
    async with rotations.open_roster(settings) as roster:
        if remove is not None:
            if not await roster.remove(remove):
                raise TroubleError(f"There is no override {remove}: `baton on-call overrides` lists them")
            out.print(f"Removed {remove}.")
            return
        found = rotations.find(settings, now, name=name, policy=policy)
        rows = [
            (standing, added)
            for standing in found
            for added in await roster.overrides(standing.policy, standing.name, None if ended else now)
        ]
    give(as_json, [added for _, added in rows], lambda: print_overrides(out, rows))


@app.command(epilog='Example: baton on-call check   ·   baton on-call check --schedule "0 3 * * *"')
@awaited
async def check(
    policy: PolicyName = "",
    every: Annotated[
        str, typer.Option("--schedule", metavar='"0 3 * * *"', help="Have a worker check it that often.")
    ] = "",
    unschedule: Annotated[bool, typer.Option("--unschedule", help="Remove the schedule.")] = False,
    as_json: AsJson = False,
) -> int:
    """Ask Slack whether the channels and people that your policies name can be reached.

    Exit code 1: an archived, renamed or deleted channel, or a deactivated person.
    """
    from worker.on_call import checking
    from worker.on_call.printing import print_targets

    settings = read_settings()
    if every or unschedule:
        when = "" if unschedule else every
        out.print(await checking.schedule(await open_client(), when, policy, task_queue=settings.task_queue))
        return 0
    report = await checking.check(settings, policy)
    give(as_json, report.model_dump(mode="json"), lambda: print_targets(out, report))
    return 0 if report.is_clean else 1


@app.command(name="import", epilog="Example: baton on-call import shifts.ics --rotation primary --dry-run")
@awaited
async def import_calendar(
    file: Annotated[Path, typer.Argument(help="An iCalendar file.", dir_okay=False)],
    rotation: Annotated[str, typer.Option(help="The rotation that gets the shifts.")],
    policy: PolicyName = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would be added.")] = False,
    by: By = "operator",
) -> int:
    """Make every shift of a calendar an override: the person it names is on call while it lasts.

    Importing it again changes the shifts that were moved in the calendar, and removes those that were cancelled there.
    Exit code 1 where events had to be left out.
    """
    from worker.on_call import rotations
    from worker.on_call.calendars import importing
    from worker.on_call.printing import print_left_out, print_override

    settings, now = read_settings(), datetime.now(UTC)
    standing = rotations.find_one(settings, now, name=rotation, policy=policy)
    found = importing.read(importing.text_of(file), standing, now)
    async with rotations.open_roster(settings) as roster:
        for key, wanted in found.overrides.items():
            if not dry_run:
                await roster.add(standing.policy, standing.name, wanted, by=by, at=now, key=key)
            print_override(out, standing, wanted, "Would add:" if dry_run else "Added:")
        for added in await roster.overrides(standing.policy, standing.name, now):
            if found.takes_back(added.key):
                if not dry_run:
                    await roster.remove(added.id)
                said = f"{'Would remove' if dry_run else 'Removed'} {added.id}, which the calendar no longer has:"
                print_override(out, standing, added.override, said)
    counts = f"{len(found.overrides)} overrides; {found.over} events over or cancelled, {len(found.left_out)} left out"
    err.print(counts)
    print_left_out(err, found.left_out)
    return int(bool(found.left_out))
