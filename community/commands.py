"""What can be asked of a community. These come by REST and take the same path as what is said in a room."""

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from community.door import Admits, DoorLine
from community.reach import NewsKind
from rooms.contract import Command
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import Role, Visibility


class InvitationKind(StrEnum):
    """A link is sent to people, a code is read out or shown on a screen."""

    LINK = "link"
    CODE = "code"


class HoldReason(StrEnum):
    """Why words must not be erased for now. A code and no words: who reads it need not learn about whom it is."""

    SAFEGUARDING = "safeguarding"
    COMPLAINT = "complaint"
    INVESTIGATION = "investigation"
    COURT = "court"


class NewMember(Struct, frozen=True, kw_only=True):
    """What someone says of themselves at the door. `accepted` is the yes to the values; "Just listen" gives none."""

    name: str
    standing: str | None = None
    accepted: bool = True


class NewSession(Struct, frozen=True, kw_only=True):
    """The signed-in device that joining brings, stored with it. Only the hash of its token is kept.

    `instead_of` is the session that the device had before, when it is the same person's.
    """

    session: str
    token_hash: str
    shared: bool = False
    instead_of: str | None = None


class Vouched(Struct, frozen=True, kw_only=True):
    """What an organisation says of somebody whom it has just signed in: who they are, and the roles of their groups.

    `identity` is a hash that says nothing to anybody else. Only the door makes one, from what the organisation has
    signed; no client can send it.
    """

    identity: str
    roles: tuple[Role, ...] = ()


class Join(Command, frozen=True, tag="community.join"):
    """Come in, as a person whose id the door has just made or who is signed in already.

    Either by an `invitation`, or because the organisation has `vouched` for them.
    """

    community: CommunityId
    person: PersonId
    who: NewMember
    invitation: str | None = None
    vouched: Vouched | None = None
    session: NewSession | None = None


class SignInVouched(Command, frozen=True, tag="vouched.sign_in"):
    """The organisation has signed this member in: they have the roles of their groups, and none that came before.

    With `session` they are signed in here too; without it, only their roles are brought up to date.
    """

    community: CommunityId
    person: PersonId
    vouched: Vouched
    session: NewSession | None = None


class ConnectIdentity(Command, frozen=True, tag="identity.connect"):
    """Let the organisation's sign-in be a way in for me, who am a member already."""

    community: CommunityId
    vouched: Vouched


class DisconnectIdentity(Command, frozen=True, tag="identity.disconnect"):
    """Let the organisation's sign-in not be mine any more. The roles that came by it go with it."""

    community: CommunityId


class AcceptValues(Command, frozen=True, tag="values.accept"):
    """Say yes to the community's values, and so be able to write."""

    community: CommunityId


class ChangeName(Command, frozen=True, tag="name.change"):
    """Be called something else here, from now on, or come as something else.

    `shows_standing` says whether others see the standing beside the name. Absent: as it is.
    """

    community: CommunityId
    name: str
    standing: str | None = None
    shows_standing: bool | None = None


class Leave(Command, frozen=True, tag="community.leave"):
    """Go, and be a member no longer."""

    community: CommunityId


class OpenRoom(Command, frozen=True, tag="room.open"):
    """Begin a room."""

    audited: ClassVar[tuple[str, ...]] = ("visibility", "hide_names")
    community: CommunityId
    room: RoomId
    slug: str
    title: str
    purpose: str = ""
    visibility: Visibility = Visibility.COMMUNITY
    hide_names: bool = True


class ChangeRoom(Command, frozen=True, tag="room.change"):
    """Set a room's title, purpose, who may be in it, and whether names may be hidden. Absent: as it is."""

    community: CommunityId
    room: RoomId
    title: str | None = None
    purpose: str | None = None
    visibility: Visibility | None = None
    hide_names: bool | None = None


class CloseRoom(Command, frozen=True, tag="room.close"):
    """Let a room only be read, or open it again."""

    audited: ClassVar[tuple[str, ...]] = ("closed",)
    community: CommunityId
    room: RoomId
    closed: bool = True


class Admit(Command, frozen=True, tag="room.admit"):
    """Let a member into an invited room, or out of it."""

    audited: ClassVar[tuple[str, ...]] = ("admitted",)
    community: CommunityId
    room: RoomId
    person: PersonId
    admitted: bool = True


class SetRole(Command, frozen=True, tag="roles.set"):
    """Give a member a role, in the community or in one room, or take it away.

    It `answers` somebody who came by a link to the role: then it is refused when they do not wait for it any more.
    """

    audited: ClassVar[tuple[str, ...]] = ("role", "held", "answers")
    community: CommunityId
    person: PersonId
    role: Role
    room: RoomId | None = None
    held: bool = True
    answers: bool = False


class RemoveMember(Command, frozen=True, tag="member.remove"):
    """Take someone out of the community."""

    community: CommunityId
    person: PersonId


class EndSessions(Command, frozen=True, tag="sessions.end"):
    """Sign a member out on all their devices: one of them is lost, or in the wrong hands."""

    community: CommunityId
    person: PersonId


class MakeInvitation(Command, frozen=True, tag="invitation.make"):
    """Ask people in. Only `secret_hash` is stored; the secret is shown once. `uses` 0 means without limit."""

    audited: ClassVar[tuple[str, ...]] = ("invitation", "kind", "role", "uses")
    community: CommunityId
    invitation: str
    kind: InvitationKind
    secret_hash: str
    ends_in_s: int
    role: Role = Role.MEMBER
    room: RoomId | None = None
    standing: str | None = None
    label: str = ""
    uses: int = 0


class RevokeInvitation(Command, frozen=True, tag="invitation.revoke"):
    """Let nobody else in by this invitation."""

    audited: ClassVar[tuple[str, ...]] = ("invitation",)
    community: CommunityId
    invitation: str


class ChangeCommunity(Command, frozen=True, tag="community.change"):
    """State the purpose, values and who runs it anew, whom it is for, and the words at the door. Absent: as it is."""

    community: CommunityId
    name: str
    purpose: str
    values: tuple[str, ...]
    runs_it: str
    contact: str
    commitments: tuple[str, ...] | None = None
    standings: tuple[str, ...] | None = None
    admits: Admits | None = None
    lead: str | None = None
    lead_contact: str | None = None
    door: dict[DoorLine, str] | None = None


class TellPeople(Command, frozen=True, tag="news.tell"):
    """Tell everybody who may read a room, and wants to hear of such a thing, one line and a time. `news` is its id."""

    audited: ClassVar[tuple[str, ...]] = ("kind",)

    community: CommunityId
    room: RoomId
    news: str
    kind: NewsKind
    says: str
    when: str


class FinishSetup(Command, frozen=True, tag="setup.finish"):
    """Have no more steps of setting up shown to the keepers."""

    community: CommunityId


class SetKeeping(Command, frozen=True, tag="keeping.set"):
    """Keep words for so many days, in the community or in one room. A room without `days` goes by the community's."""

    audited: ClassVar[tuple[str, ...]] = ("days",)

    community: CommunityId
    room: RoomId | None = None
    days: int | None = None


class SetHold(Command, frozen=True, tag="hold.set"):
    """Let no words be erased, in the community or in one room, for a reason; without one the hold ends."""

    audited: ClassVar[tuple[str, ...]] = ("reason",)

    community: CommunityId
    room: RoomId | None = None
    reason: HoldReason | None = None


CommunityCommand = (
    Join
    | SignInVouched
    | ConnectIdentity
    | DisconnectIdentity
    | AcceptValues
    | ChangeName
    | Leave
    | OpenRoom
    | ChangeRoom
    | CloseRoom
    | Admit
    | SetRole
    | RemoveMember
    | EndSessions
    | MakeInvitation
    | RevokeInvitation
    | ChangeCommunity
    | TellPeople
    | FinishSetup
    | SetKeeping
    | SetHold
)
