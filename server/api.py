"""What the REST routes take and give. These classes are the source of the OpenAPI document and the browser's types."""

from typing import Annotated

from msgspec import Meta, Struct

from community.commands import InvitationKind
from community.door import Admits, DoorLine
from community.reach import Involvement, NewsKind
from rooms.commands import NonceRef
from rooms.contract import Code
from rooms.ids import CommunityId, PersonId, RoomId
from rooms.rights import Role, Visibility
from rooms.signals import Tally


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends."""


class View(Struct, frozen=True, kw_only=True):
    """What a client gets."""


Secret = Annotated[str, Meta(min_length=6, max_length=128)]
# In Python `$` lets one line end through, and a community would have an address that no browser can ask for.
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?(?!\n)$")]
Title = Annotated[str, Meta(min_length=1, max_length=80)]
Purpose = Annotated[str, Meta(max_length=400)]
NameText = Annotated[str, Meta(min_length=1, max_length=80)]


class Problem(View, frozen=True):
    """Why a request was not done (RFC 9457), with the same stable `code` and `params` as on the live connection."""

    type: str
    title: str
    status: int
    code: Code
    params: dict[str, str | int] = {}
    detail: str = ""
    retry_ms: int | None = None


class Done(View, frozen=True):
    """It is done, and there is nothing to say about it."""

    done: bool = True


class CommunityView(View, frozen=True):
    """What a community states, for all to see."""

    community: CommunityId
    slug: str
    name: str
    purpose: str
    values: tuple[str, ...]
    commitments: tuple[str, ...]
    standings: tuple[str, ...]
    runs_it: str
    contact: str
    members: int
    moderators: int
    kept_days: int
    admits: Admits
    lead: str
    lead_contact: str
    door: dict[DoorLine, str]


class AskedRole(View, frozen=True):
    """A role that I came for by a link, and have once a keeper has said yes."""

    role: Role
    room: RoomId | None


class Membership(View, frozen=True):
    """A community I am a member of, and what I am there."""

    community: CommunityId
    slug: str
    name: str
    shown_name: str
    standing: str | None
    shows_standing: bool
    roles: tuple[Role, ...]
    accepted: bool
    asked: tuple[AskedRole, ...]
    dormant: tuple[AskedRole, ...]


class WayBack(View, frozen=True):
    """Whether I may have a way back (the team may not), and until when the one I have works; null when I have none."""

    allowed: bool
    ends_ms: int | None


class CameBack(View, frozen=True):
    """A device that was let in as me by my way back, which I have not said was me."""

    session: str
    at_ms: int


class Proof(View, frozen=True):
    """How somebody of the team shows who they are: how many passkeys they have, and whether roles need one."""

    passkeys: int
    required: bool


class Idle(View, frozen=True):
    """After how many quiet seconds somebody of the team is signed out: at a desk, where others' names and cases are on
    the screen, and elsewhere."""

    desk_s: int
    elsewhere_s: int


class Me(View, frozen=True):
    """Who this browser is signed in as; `person` is null for a stranger. `shared_idle_s`: a shared device signs
    itself out after so many quiet seconds; null on a device of one's own."""

    person: PersonId | None
    communities: tuple[Membership, ...]
    shared_idle_s: int | None = None
    claimed: bool = True
    way_back: WayBack | None = None
    came_back: tuple[CameBack, ...] = ()
    organisation: str | None = None
    connected: bool = False
    proof: Proof | None = None
    idle: Idle | None = None


class LookInvitation(Body, frozen=True):
    """The secret of a link, or a six-letter code (spaces, hyphens and case do not matter)."""

    secret: Secret


class InvitationLook(View, frozen=True):
    """What stands on the join screen. `room` is null when the invitation is to the whole community."""

    community: CommunityView
    inviter: str
    inviter_role: Role | None
    room_slug: str | None
    room_title: str | None
    role: Role
    staff: bool
    ends_ms: int
    member: Membership | None
    kept_days: int


class JoinBody(Body, frozen=True):
    """Come in. `shared` says that others use this device too. With a `nonce` the request can be sent again within
    ten minutes when its answer was lost, and is the same person again."""

    secret: Secret
    nonce: NonceRef | None = None
    name: Annotated[str, Meta(max_length=80)] = ""
    standing: Annotated[str, Meta(max_length=40)] | None = None
    listen: bool = False
    shared: bool = False


class Joined(View, frozen=True):
    """Where to go now."""

    community_slug: str
    room_slug: str | None
    person: PersonId


class VouchedLook(View, frozen=True):
    """What whoever an organisation has signed in reads before they join. `roles` they have at once."""

    community: CommunityView
    organisation: str
    name: str
    roles: tuple[Role, ...]
    shared: bool
    ends_ms: int


class JoinVouchedBody(Body, frozen=True):
    """Come in, as the organisation vouches for me. With the same `nonce` the request can be sent again when its answer
    was lost. `shared` says that others use this device too."""

    nonce: NonceRef
    name: NameText
    standing: Annotated[str, Meta(max_length=40)] | None = None
    listen: bool = False
    shared: bool = False


class Onward(View, frozen=True):
    """Where the browser is to go for it."""

    address: str


class SignInBody(Body, frozen=True):
    """A one-use sign-in link's secret, sent by the button on its page."""

    secret: Secret


# What a browser writes of a passkey is some 2 kB; those with a long chain of certificates may be ten times that.
Credential = Annotated[str, Meta(min_length=2, max_length=30_000)]


class PasskeyOptions(View, frozen=True):
    """What a browser is to be given, as JSON in a text: for `parseCreationOptionsFromJSON` when a passkey is added, for
    `parseRequestOptionsFromJSON` when one signs in. It holds for five minutes."""

    options: str


class PasskeyBody(Body, frozen=True):
    """The passkey that a browser made, as the JSON that it writes by itself, in a text."""

    credential: Credential


class PasskeySignInBody(Body, frozen=True):
    """What a browser answered by a passkey, as the JSON that it writes by itself, in a text. `shared` says that others
    use this device too."""

    credential: Credential
    shared: bool = False


class PasskeyLine(View, frozen=True):
    """One of my passkeys."""

    passkey: str
    made_ms: int
    used_ms: int | None


class Passkeys(View, frozen=True):
    """My passkeys, the newest first; whether I may have any (the team may), and whether my roles need one."""

    passkeys: tuple[PasskeyLine, ...]
    allowed: bool
    required: bool


class WayBackMade(View, frozen=True):
    """My way back, shown this once: four words, or a link that `qr` draws as an SVG. It works once, until `ends_ms`."""

    words: tuple[str, ...]
    path: str
    qr: str
    ends_ms: int


class BackBody(Body, frozen=True):
    """Come back by the four words or by the link's secret, one of the two. With the same `nonce` the request can be
    sent again within ten minutes when its answer was lost. `shared` says that others use this device too."""

    nonce: NonceRef
    words: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    link: Secret | None = None
    shared: bool = False


class WasMeBody(Body, frozen=True):
    """The devices on which it was me who came back."""

    sessions: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...], Meta(max_length=50)]


class ClaimBody(Body, frozen=True):
    """The first keeper claims the server and says what the community is for."""

    secret: Secret
    your_name: NameText
    community_name: Title
    slug: Slug
    purpose: Annotated[str, Meta(min_length=1, max_length=400)]
    values: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=160)], ...], Meta(max_length=8)]
    runs_it: Annotated[str, Meta(min_length=1, max_length=120)]
    contact: Annotated[str, Meta(min_length=1, max_length=120)]


class RoomLine(View, frozen=True):
    """A room in the list of a community's home."""

    room: RoomId
    slug: str
    title: str
    purpose: str
    visibility: Visibility
    closed: bool
    unread: int
    mentions: int
    here: int | None
    last_ms: int | None
    kept_days: int
    tells: bool


class Home(View, frozen=True):
    """A community's home for one member."""

    community: CommunityView
    me: Membership
    rooms: tuple[RoomLine, ...]
    last_here_ms: int | None
    waiting: tuple["WaitingLine", ...]
    alone: bool
    setting_up: "SettingUp | None"
    news: tuple["NewsLine", ...]
    involved: Involvement
    mail: bool


class NewsLine(View, frozen=True):
    """Something I am told. `says` and `when` are empty but for what the team wrote; `room` null: the community."""

    news: str
    room: RoomId | None
    kind: NewsKind
    says: str
    when: str
    at_ms: int


class SettingUp(View, frozen=True):
    """How far a new community is that its keepers are setting up."""

    invited: bool


class WaitingLine(View, frozen=True):
    """Somebody who waits for a keeper's yes to a role; keepers alone are told."""

    person: PersonId
    name: str
    role: Role
    room: RoomId | None
    staff: bool
    at_ms: int
    made_by: str
    label: str


class MeBody(Body, frozen=True):
    """How I want to be called here, and how I come here (null: rather not say).

    `shows_standing` says whether others see that beside my name; null leaves it as it is.
    """

    name: NameText
    standing: Annotated[str, Meta(max_length=40)] | None = None
    shows_standing: bool | None = None


class RoomBody(Body, frozen=True):
    """A new room."""

    slug: Slug
    title: Title
    purpose: Purpose = ""
    visibility: Visibility = Visibility.COMMUNITY
    hide_names: bool = True


class RoomChange(Body, frozen=True):
    """What should be different about a room; null leaves a thing as it is."""

    title: Title | None = None
    purpose: Purpose | None = None
    visibility: Visibility | None = None
    hide_names: bool | None = None
    closed: bool | None = None


class RoomMade(View, frozen=True):
    """The new room's id and address."""

    room: RoomId
    slug: str


class PersonLine(View, frozen=True):
    """One person, to mention or to let in."""

    person: PersonId
    name: str
    standing: str | None
    role: Role | None


class People(View, frozen=True):
    """People who match, at most 20, by name."""

    people: tuple[PersonLine, ...]


class MemberLine(View, frozen=True):
    """One member, for keepers."""

    person: PersonId
    name: str
    standing: str | None
    roles: tuple[Role, ...]
    room_roles: tuple["RoomRole", ...]
    passkey: bool | None
    accepted: bool
    joined_ms: int
    seen_ms: int | None


class RoomRole(View, frozen=True):
    """A role held in one room."""

    room: RoomId
    role: Role


class Members(View, frozen=True):
    """A page of members by name; `next` is an opaque cursor."""

    members: tuple[MemberLine, ...]
    next: str | None


class RoleBody(Body, frozen=True):
    """Give (`held` true) or take a role, in the community or in one room.

    With `answers` it is the yes or the no to one who waits for it, and refused when they do not any more.
    """

    role: Role
    held: bool
    room: RoomId | None = None
    answers: bool = False


class AdmitBody(Body, frozen=True):
    """Let into an invited room (`admitted` true), or out of it."""

    admitted: bool


class InvitationBody(Body, frozen=True):
    """A new invitation. `uses` 0 means without limit."""

    kind: InvitationKind
    role: Role = Role.MEMBER
    room: RoomId | None = None
    staff: bool = False
    label: Annotated[str, Meta(max_length=80)] = ""
    uses: Annotated[int, Meta(ge=0, le=10_000)] = 0
    ends_in_s: Annotated[int, Meta(ge=60, le=31_536_000)] = 1_209_600


class InvitationMade(View, frozen=True):
    """The invitation's secret, shown this once: `code` for a code, `path` for a link, `qr` an SVG of the link."""

    invitation: str
    code: str | None
    path: str
    qr: str


class InvitationLine(View, frozen=True):
    """One invitation, for keepers; never its secret."""

    invitation: str
    kind: InvitationKind
    role: Role
    room: RoomId | None
    staff: bool
    label: str
    uses: int
    used: int
    ends_ms: int
    revoked: bool
    made_ms: int
    made_by: str
    waits: bool


class Invitations(View, frozen=True):
    """All invitations, newest first."""

    invitations: tuple[InvitationLine, ...]


Lines = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=160)], ...], Meta(max_length=8)]


class CommunityBody(Body, frozen=True):
    """What the community states. What may be null is left as it is by it.

    `lead` and `lead_contact` are named together, or are both empty. A line of `door` that is empty or left out is in
    the interface's own words.
    """

    name: Title
    purpose: Annotated[str, Meta(min_length=1, max_length=400)]
    values: Lines
    runs_it: Annotated[str, Meta(min_length=1, max_length=120)]
    contact: Annotated[str, Meta(min_length=1, max_length=120)]
    commitments: Lines | None = None
    standings: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...], Meta(max_length=9)] | None = (
        None
    )
    admits: Admits | None = None
    lead: Annotated[str, Meta(max_length=120)] | None = None
    lead_contact: Annotated[str, Meta(max_length=120)] | None = None
    door: dict[DoorLine, Annotated[str, Meta(max_length=200)]] | None = None


class Tallies(View, frozen=True):
    """The totals of messages whose totals changed after the revision asked for, as many as go into one answer."""

    rev: int
    tallies: tuple[Tally, ...]


class SessionLine(View, frozen=True):
    """One of my own signed-in devices."""

    session: str
    made_ms: int
    seen_ms: int
    this: bool
    shared: bool


class OthersEnded(View, frozen=True):
    """On how many other devices I am signed out now."""

    ended: int


class Sessions(View, frozen=True):
    """Where I am signed in."""

    sessions: tuple[SessionLine, ...]


class Found(View, frozen=True):
    """A room found by its address."""

    room: RoomId
