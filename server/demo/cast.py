"""Who is in the demo, where, and what their community states of itself."""

from dataclasses import dataclass

from community.facts import STAFF
from rooms.rights import Role, Visibility
from server.door.founding_sql import FIRST_ROOM_SLUG, Founding

PATIENT, CARER, VOLUNTEER = "patient", "carer", "volunteer"
COMMUNITY_SLUG = "through-my-eyes"
# Where the conversation goes on.
LIVING_ROOM = "waiting-well"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One person of the demo.

    `speaks` says whether the script speaks for them while the demo runs; the others are for whoever tries it out.
    """

    name: str
    # None for the keeper, who came in by no invitation that could say so.
    standing: str | None
    role: Role = Role.MEMBER
    speaks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPlan:
    """One room of the demo, the text of its week, and who is let in when it is an invited one."""

    slug: str
    title: str
    purpose: str
    text: str
    visibility: Visibility = Visibility.COMMUNITY
    admits: tuple[str, ...] = ()

    def readers(self) -> tuple[str, ...]:
        """Those of whoever can be tried out who may read it. The host opens the rooms, and so is let in."""
        among = {
            Visibility.COMMUNITY: tuple(part.name for part in CAST),
            Visibility.INVITED: (HOST.name, *self.admits),
            Visibility.TEAM: (HOST.name, MODERATOR.name),
        }
        return tuple(guise.person for guise in GUISES if guise.person in among[self.visibility])


@dataclass(frozen=True, slots=True)
class Guise:
    """Somebody to be while trying the demo out, at a name of this machine of their own."""

    person: str
    host: str
    says: str


KEEPER = Part(name="Grace", standing=None, role=Role.KEEPER, speaks=False)
HOST = Part(name="Ruth Adeyemi", standing=STAFF, role=Role.HOST, speaks=False)
MODERATOR = Part(name="Priya Nair", standing=VOLUNTEER, role=Role.MODERATOR, speaks=False)
PARTICIPANT = Part(name="Wren", standing=CARER, speaks=False)

CAST = (
    KEEPER,
    HOST,
    MODERATOR,
    PARTICIPANT,
    Part(name="Dorothy", standing=PATIENT),
    Part(name="Joan", standing=PATIENT),
    Part(name="Harold P.", standing=PATIENT),
    Part(name="Marmalade", standing=PATIENT),
    Part(name="Owen", standing=PATIENT),
    Part(name="Tess", standing=CARER),
    Part(name="Bilal’s mum", standing=CARER),
    Part(name="Sunil", standing=VOLUNTEER),
    Part(name="Kwame", standing=STAFF),
    Part(name="Mei Ng", standing=STAFF),
)

GUISES = (
    Guise(PARTICIPANT.name, "wren", "Wren, who comes with her dad (a participant)"),
    Guise(HOST.name, "ruth", "Ruth, the host"),
    Guise(MODERATOR.name, "priya", "Priya, the moderator"),
)

FIRST_ROOM = RoomPlan(
    slug=FIRST_ROOM_SLUG,
    title="The tea table",
    purpose="For whatever is on your mind. The kettle is always on.",
    text="tea-table.txt",
)
LIVING = RoomPlan(
    slug=LIVING_ROOM,
    title="Waiting well",
    purpose="What waiting in Outpatients is like, and what would make it kinder.",
    text="waiting-well.txt",
)
ROOMS = (
    FIRST_ROOM,
    LIVING,
    RoomPlan(
        slug="carers-corner",
        title="Carers’ corner",
        purpose="For those of us who look after somebody. What is said here stays here.",
        text="carers-corner.txt",
        visibility=Visibility.INVITED,
        admits=("Wren", "Tess", "Bilal’s mum"),
    ),
    RoomPlan(
        slug="the-team",
        title="The team",
        purpose="Hosts, moderators and the keeper among themselves.",
        text="the-team.txt",
        visibility=Visibility.TEAM,
    ),
)

STATED = Founding(
    slug=COMMUNITY_SLUG,
    name="Through My Eyes",
    purpose="Patients, carers and staff of the outpatients department at St Brannock’s, making it kinder together.",
    keeper_name=KEEPER.name,
    runs_it="St Brannock’s Outpatients, patient experience team",
    contact="Ask Grace at the desk by the main doors, or ring extension 204",
    values=(
        "We speak for ourselves, and let others do the same.",
        "We are kind first, and honest as well.",
        "What is said here is not carried about with names on it.",
        "Staff and patients are equals in this room.",
    ),
    commitments=("Right place", "Right time", "Right support", "Right care"),
    room_title=FIRST_ROOM.title,
    room_purpose=FIRST_ROOM.purpose,
)


def speakers() -> tuple[str, ...]:
    """Everyone the script speaks for."""
    return tuple(part.name for part in CAST if part.speaks)
