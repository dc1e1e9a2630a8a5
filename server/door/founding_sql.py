"""How a community begins, with its first keeper and a first room, so that nobody comes into an empty house."""

from dataclasses import dataclass

import msgspec

from community.commands import NewSession
from community.events import CommunityFounded, MemberJoined, RoleGiven, RoomListed
from community.names import chosen_name, name_key
from community.stating import NAME_LIMIT, REACH_LIMIT, stated_purpose, stated_values
from community.text import line
from rooms.contract import Code, Event, Refused
from rooms.events import RoomOpened
from rooms.ids import CommunityId, PersonId, RoomId, StreamId, backstage_stream, community_stream, room_stream
from rooms.rights import Role
from rooms.room import RoomState
from server.clock import new_id
from server.database.ports import Say, Work
from server.door.hosting_sql import room_row
from server.door.sessions_sql import insert
from server.streams.ledger import Ledger, lock_all, open_stream, room_state_text

FIRST_ROOM_SLUG = "tea-table"
# What a community of patients and carers mostly asks for; "staff" is only for invitations made for staff.
STANDINGS = ("patient", "carer", "volunteer", "staff")
# As long as words are kept unless the community says otherwise.
KEPT_DAYS = 365

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What a new community states of itself, and who keeps it."""

    slug: str
    name: str
    purpose: str
    keeper_name: str
    runs_it: str
    contact: str
    values: tuple[str, ...] = ()
    commitments: tuple[str, ...] = ()
    standings: tuple[str, ...] = STANDINGS
    room_title: str = "The tea table"
    room_purpose: str = "For whatever is on your mind. Come in and say hello."


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """The ids of what was made."""

    community: CommunityId
    keeper: PersonId
    room: RoomId


def found_community(founding: Founding, *, session: NewSession | None = None) -> Work[Founded]:
    """Make a community with its first keeper and first room; with `session`, the keeper is signed in.

    Refused when the words can't be shown, or the slug is taken.
    """
    founding = _checked(founding)
    made = Founded(community=CommunityId(new_id()), keeper=PersonId(new_id()), room=RoomId(new_id()))
    [[(now_ms,)], taken] = yield [
        Say("SELECT NOW_MS()"),
        Say("SELECT 1 FROM community WHERE slug = ?", (founding.slug,)),
    ]
    if taken:
        raise Refused(Code.SLUG_TAKEN)
    state = RoomState(
        community=made.community, slug=FIRST_ROOM_SLUG, title=founding.room_title, purpose=founding.room_purpose
    )
    yield [
        *_community_rows(founding, made, now_ms),
        room_row(made.room, state, now_ms=now_ms),
        *([insert(made.keeper, session)] if session else []),
    ]
    yield from _begin_streams(founding, made, state, now_ms=now_ms)
    return made


def _checked(founding: Founding) -> Founding:
    return Founding(
        slug=founding.slug,
        name=line(founding.name, limit=NAME_LIMIT),
        purpose=stated_purpose(founding.purpose),
        keeper_name=chosen_name(founding.keeper_name),
        runs_it=line(founding.runs_it, limit=REACH_LIMIT),
        contact=line(founding.contact, limit=REACH_LIMIT),
        values=stated_values(founding.values),
        commitments=stated_values(founding.commitments),
        standings=founding.standings,
        room_title=founding.room_title,
        room_purpose=founding.room_purpose,
    )


def _community_rows(founding: Founding, made: Founded, now_ms: int) -> list[Say]:
    lists = [_encode(each).decode() for each in (founding.values, founding.commitments, founding.standings)]
    return [
        Say(
            "INSERT INTO community (id, slug, name, purpose, vows, commitments, standings, runs_it, contact, kept_days,"
            " made_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                made.community,
                founding.slug,
                founding.name,
                founding.purpose,
                *lists,
                founding.runs_it,
                founding.contact,
                KEPT_DAYS,
                now_ms,
            ),
        ),
        Say("INSERT INTO person (id, made_ms) VALUES (?, ?)", (made.keeper, now_ms)),
        Say(
            "INSERT INTO member (community, person, name, name_key, joined_ms, accepted_ms) VALUES (?, ?, ?, ?, ?, ?)",
            (made.community, made.keeper, founding.keeper_name, name_key(founding.keeper_name), now_ms, now_ms),
        ),
        Say(
            "INSERT INTO role (community, person, role, room) VALUES (?, ?, ?, '')",
            (made.community, made.keeper, Role.KEEPER.value),
        ),
    ]


def _begin_streams(founding: Founding, made: Founded, state: RoomState, *, now_ms: int) -> Work[None]:
    community, room = community_stream(made.community), room_stream(made.room)
    kept = room_state_text(state)
    states: dict[StreamId, str] = {community: "", room: kept, backstage_stream(made.room): kept}
    yield [open_stream(stream, made.community, text) for stream, text in states.items()]
    ledger = Ledger(now_ms=now_ms)
    for rows in (yield lock_all(list(states))):
        ledger.add(rows)
    for event in _first_events(founding, made):
        ledger.append(community, event)
    ledger.append(
        room,
        RoomOpened(title=state.title, purpose=state.purpose, visibility=state.visibility, hide_names=state.hide_names),
    )
    yield ledger.writes()


def _first_events(founding: Founding, made: Founded) -> list[Event]:
    return [
        CommunityFounded(name=founding.name),
        MemberJoined(person=made.keeper, name=founding.keeper_name),
        RoleGiven(person=made.keeper, role=Role.KEEPER),
        RoomListed(room=made.room),
    ]
