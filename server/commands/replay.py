"""`hearth replay`: a transcript said again in a room, by one real client for each who spoke."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.common import read_settings, stop
from server.commands.mint import refuse_in_production

if TYPE_CHECKING:
    from server.replay.report import Report
    from server.replay.transcript import Turn
    from server.replay.ways_in import WayIn, Where

File = Annotated[
    Path, typer.Argument(help="JSON lines with id, author, text and ts (seconds).", exists=True, dir_okay=False)
]
RoomOption = Annotated[str, typer.Option("--room", help="The address of the room, as it stands after /r/.")]
SpeedOption = Annotated[float, typer.Option("--speed", min=0.01, help="How much faster than it was.")]
UrlOption = Annotated[str | None, typer.Option("--url", help="Where the server is. Without it: the one set up here.")]
CommunityOption = Annotated[
    str | None, typer.Option("--community", help="The address of the community, when several have such a room.")
]
InviteOption = Annotated[str | None, typer.Option("--invite", help="Come in by this link or six-letter code.")]
SessionsOption = Annotated[
    Path | None,
    typer.Option("--sessions", help="Come in with what `people mint` printed.", exists=True, dir_okay=False),
]
PauseOption = Annotated[float | None, typer.Option("--max-pause", min=0, help="No pause is longer, in seconds.")]
PatienceOption = Annotated[
    float, typer.Option("--patience", min=1, help="How long one answer is waited for, in seconds.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Report as JSON.")]


def replay(
    file: File,
    *,
    room: RoomOption,
    speed: SpeedOption = 1.0,
    url: UrlOption = None,
    community: CommunityOption = None,
    invite: InviteOption = None,
    sessions: SessionsOption = None,
    max_pause: PauseOption = None,
    patience: PatienceOption = 120.0,
    as_json: JsonOption = False,
) -> None:
    """Say a transcript again in a room, with its pauses, through the front door. Status 1 when a line was lost.

    Without --invite and --sessions those who speak are made here, beside the server, which production refuses.
    """
    from server.replay.transcript import BadTranscript, read, turns
    from server.replay.ways_in import Where

    if invite is not None and sessions is not None:
        stop("Give --invite or --sessions, not both.", status=2)
    try:
        with file.open("rb") as rows:
            said = turns(read(rows), speed=speed, max_pause_s=max_pause)
    except BadTranscript as error:
        stop(f"{file} is not a transcript: {error}.")
    where = Where(url or read_settings().address, room, community)
    report = asyncio.run(_replay(said, where, _way_in(where, invite=invite, sessions=sessions), patience_s=patience))
    _tell(report, as_json=as_json)


def _way_in(where: "Where", *, invite: str | None, sessions: Path | None) -> "WayIn":
    from server.replay.ways_in import by_invitation, by_minting, by_sessions

    if invite is not None:
        return partial(by_invitation, where, invite)
    if sessions is not None:
        return partial(by_sessions, where, sessions.read_bytes())
    settings = read_settings()
    refuse_in_production(settings)
    return partial(by_minting, where, settings)


async def _replay(said: "list[Turn]", where: "Where", enter: "WayIn", *, patience_s: float) -> "Report":
    from server.database.ports import Contended, OutcomeUnknown, Unavailable
    from server.door.minting_sql import NoPlace
    from server.replay.performance import Performance, Silent
    from server.replay.ways_in import CannotEnter
    from server.rest import Away

    try:
        entered = await enter(list(dict.fromkeys(turn.author for turn in said)))
        return await Performance(where.address, entered, patience_s=patience_s, tell=_progress).run(said)
    except (CannotEnter, NoPlace, Away, Silent) as error:
        stop(str(error))
    except (Unavailable, Contended, OutcomeUnknown) as error:
        stop(f"The database does not take new members just now: {error}.")


def _progress(text: str) -> None:
    typer.echo(text, err=True)


def _tell(report: "Report", *, as_json: bool) -> None:
    import msgspec

    if as_json:
        typer.echo(msgspec.json.encode(report).decode())
    else:
        for line in report.lines_for_people():
            typer.echo(line)
    if not report.kept:
        raise typer.Exit(1)
