"""What the REST routes take and give. These classes are the source of the OpenAPI document and the browser's types."""

from typing import Annotated

from msgspec import Meta, Struct

from community.commands import HoldReason, InvitationKind
from community.door import Admits, DoorLine
from community.kept import KeptKind
from community.reach import Involvement, NewsKind
from rooms.audit import What
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


class WayBack(View, frozen=True):
    """Whether I may have a way back (the team may not), and until when the one I have works; null when I have none."""

    allowed: bool
    ends_ms: int | None


class CameBack(View, frozen=True):
    """A device that was let in as me by my way back, which I have not said was me."""

    session: str
    at_ms: int


class Me(View, frozen=True):
    """Who this browser is signed in as; `person` is null for a stranger. `shared_idle_s`: a shared device signs
    itself out after so many quiet seconds; null on a device of one's own."""

    person: PersonId | None
    communities: tuple[Membership, ...]
    shared_idle_s: int | None = None
    claimed: bool = True
    way_back: WayBack | None = None
    came_back: tuple[CameBack, ...] = ()


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


class SignInBody(Body, frozen=True):
    """A one-use sign-in link's secret, sent by the button on its page."""

    secret: Secret


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


class AuditPerson(View, frozen=True):
    """Somebody in the audit. `name` is null when they are no longer known here by any."""

    person: PersonId
    name: str | None


class AuditLine(View, frozen=True):
    """One act; `what` is null when this version does not know it. `by` is null for whoever runs the server, from the
    command line; `room` is the room's title now.

    `details` are codes: a role, whether it is given (`held`), to whom a room is open (`visibility`), and the like.
    """

    number: int
    at_ms: int
    what: What | None
    by: AuditPerson | None
    person: AuditPerson | None
    room: str | None
    details: dict[str, str | int | bool]


class AuditChain(View, frozen=True):
    """Whether the entries are as they were written: the newest `looked` of `count` just now, and all of them when the
    server last went along the whole chain, at `checked_ms` (null: not yet). `fault` is the first that is not."""

    count: int
    looked: int
    checked_ms: int | None
    fault: int | None


class Audit(View, frozen=True):
    """A page of what was done, newest first; `next` is an opaque cursor. `chain` comes with the first page."""

    lines: tuple[AuditLine, ...]
    next: str | None
    chain: AuditChain | None = None


class Tallies(View, frozen=True):
    """The totals of messages whose totals changed after the revision asked for, as many as go into one answer."""

    rev: int
    tallies: tuple[Tally, ...]


class Check(View, frozen=True):
    """One thing that was looked at, whether it is well, and what to do when it is not."""

    name: str
    ok: bool
    says: str
    do: str = ""


class Storage(View, frozen=True):
    """How much room everything takes; null where it can't be told. The counts are near enough, not exact."""

    database_bytes: int | None
    free_bytes: int | None
    messages: int | None
    events: int | None


class Health(View, frozen=True):
    """How the server is. `backup_ms` is when the last backup was made; null when there is none."""

    version: str
    checks: tuple[Check, ...]
    sockets: int
    people_here: int | None
    posted_today: int
    storage: Storage
    backup_ms: int | None


class SessionLine(View, frozen=True):
    """One of my own signed-in devices."""

    session: str
    made_ms: int
    seen_ms: int
    this: bool
    shared: bool


class Sessions(View, frozen=True):
    """Where I am signed in."""

    sessions: tuple[SessionLine, ...]


class Found(View, frozen=True):
    """A room found by its address."""

    room: RoomId


class KeptLine(View, frozen=True):
    """One kind of thing that is kept of me, and how many there are."""

    what: KeptKind
    count: int


class HoldLine(View, frozen=True):
    """A legal hold: nothing said there is erased while it stands. `room` null: in the whole community."""

    room: RoomId | None
    title: str
    reason: HoldReason
    since_ms: int


class Kept(View, frozen=True):
    """What is kept of me, in numbers; `rooms` are those in which I have said something."""

    kept: tuple[KeptLine, ...]
    rooms: int
    holds: tuple[HoldLine, ...]


class ExportPage(View, frozen=True):
    """A page of everything that is kept of me. `rooms` says on the last page what my rooms are called."""

    what: KeptKind
    rows: tuple[dict[str, str | int | None], ...]
    next: str | None = None
    rooms: dict[RoomId, str] = {}


class EraseBody(Body, frozen=True):
    """Erase me. The `secret`, made by the client, opens the receipt, also when this answer is lost."""

    secret: NonceRef


class ReceiptBody(Body, frozen=True):
    """The secret of a receipt."""

    secret: NonceRef


class ErasureReceipt(View, frozen=True):
    """What was erased. `done_ms` null: nobody can read it any more, and the rows are still being emptied."""

    receipt: str
    asked_ms: int
    done_ms: int | None
    sealed: bool
    erased: tuple[KeptLine, ...]
    wiped_ms: int | None
    backups_ms: int | None
    until_ms: int | None


class KeepBody(Body, frozen=True):
    """Keep words for so many days; in a room, null goes by the community's."""

    days: Annotated[int, Meta(ge=1, le=100_000)] | None
    room: RoomId | None = None


class HoldBody(Body, frozen=True):
    """Begin a legal hold for a reason, in one room or in the whole community; null ends it."""

    reason: HoldReason | None
    room: RoomId | None = None


class RoomKeeping(View, frozen=True):
    """For how long one room keeps words. `own_days` null: as long as the community."""

    room: RoomId
    title: str
    own_days: int | None
    days: int
    hold: HoldReason | None
    held_since_ms: int | None
    due: int


class Keeping(View, frozen=True):
    """For how long words are kept here; `due` counts those that go with the next pass."""

    days: int
    least: int
    most: int
    hold: HoldReason | None
    held_since_ms: int | None
    rooms: tuple[RoomKeeping, ...]


class Due(View, frozen=True):
    """How many messages would go with the next pass if words were kept for so many days."""

    due: int
