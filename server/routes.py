"""Every REST route: its address, what it takes, what it gives. The app, OpenAPI and the browser all read this table."""

from typing import Literal

from msgspec import Struct

from server import api
from server.wire import HistoryPage, MessageView, Poll


class Route(Struct, frozen=True, kw_only=True):
    """One route. `name` is its operation id and names its handler; `open` routes need no session."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    name: str
    summary: str
    answer: type
    body: type | None = None
    query: tuple[str, ...] = ()
    open: bool = False


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET", path="/api/me", name="me", summary="Who this browser is signed in as.", answer=api.Me, open=True
    ),
    Route(
        method="POST",
        path="/api/invitations/look",
        name="look_invitation",
        open=True,
        body=api.LookInvitation,
        summary="What an invitation's link or code leads to. Uses nothing up.",
        answer=api.InvitationLook,
    ),
    Route(
        method="POST",
        path="/api/join",
        name="join",
        open=True,
        body=api.JoinBody,
        summary="Come in by a link or a code. Sets the session cookie.",
        answer=api.Joined,
    ),
    Route(
        method="POST",
        path="/api/sign-in",
        name="sign_in",
        open=True,
        body=api.SignInBody,
        summary="Sign in by a one-use link. Sets the session cookie.",
        answer=api.Joined,
    ),
    Route(
        method="GET",
        path="/api/vouched",
        name="look_vouched",
        open=True,
        summary="What whoever the organisation has just signed in, in this browser, reads before they join.",
        answer=api.VouchedLook,
    ),
    Route(
        method="POST",
        path="/api/vouched/join",
        name="join_vouched",
        open=True,
        body=api.JoinVouchedBody,
        summary="Come in, as the organisation vouches for me. Sets the session cookie.",
        answer=api.Joined,
    ),
    Route(
        method="POST",
        path="/api/me/identity",
        name="connect_identity",
        summary="Let the organisation's sign-in be a way in for me: where to go for it.",
        answer=api.Onward,
    ),
    Route(
        method="DELETE",
        path="/api/me/identity",
        name="disconnect_identity",
        summary="Let the organisation's sign-in be no way in for me any more. Roles that came by it go too.",
        answer=api.Done,
    ),
    Route(
        method="POST",
        path="/api/way-back",
        name="make_way_back",
        summary="Make my way back: four words and a link, in place of any I had. Shown this once.",
        answer=api.WayBackMade,
    ),
    Route(
        method="POST",
        path="/api/back",
        name="come_back",
        open=True,
        body=api.BackBody,
        summary="Come back as oneself, by four words or a link. Sets the session cookie.",
        answer=api.Joined,
    ),
    Route(
        method="POST",
        path="/api/was-me",
        name="was_me",
        body=api.WasMeBody,
        summary="Say that it was me who came back by my way back.",
        answer=api.Done,
    ),
    Route(
        method="POST",
        path="/api/claim",
        name="claim",
        open=True,
        body=api.ClaimBody,
        summary="Claim a new server as its first keeper and name the community.",
        answer=api.Joined,
    ),
    Route(method="POST", path="/api/sign-out", name="sign_out", summary="End this session.", answer=api.Done),
    Route(method="GET", path="/api/sessions", name="sessions", summary="Where I am signed in.", answer=api.Sessions),
    Route(
        method="DELETE",
        path="/api/sessions/{session}",
        name="end_session",
        summary="End one of my sessions.",
        answer=api.Done,
    ),
    Route(
        method="GET",
        path="/api/communities/{slug}",
        name="home",
        answer=api.Home,
        summary="A community's home: what it states, who I am there, its rooms with what is new.",
    ),
    Route(
        method="PATCH",
        path="/api/communities/{slug}",
        name="change_community",
        body=api.CommunityBody,
        summary="State the purpose, values and who runs it anew.",
        answer=api.CommunityView,
    ),
    Route(
        method="PATCH",
        path="/api/communities/{slug}/me",
        name="change_me",
        body=api.MeBody,
        summary="Be called something else, or come as something else.",
        answer=api.Membership,
    ),
    Route(
        method="POST",
        path="/api/communities/{slug}/accept",
        name="accept_values",
        summary="Say yes to the values, and so be able to write.",
        answer=api.Membership,
    ),
    Route(
        method="POST",
        path="/api/communities/{slug}/leave",
        name="leave",
        summary="Leave the community and end this session.",
        answer=api.Done,
    ),
    Route(
        method="POST",
        path="/api/communities/{slug}/rooms",
        name="open_room",
        body=api.RoomBody,
        summary="Begin a room.",
        answer=api.RoomMade,
    ),
    Route(
        method="GET",
        path="/api/communities/{slug}/rooms/{room_slug}",
        name="find_room",
        summary="A room's id by its address.",
        answer=api.Found,
    ),
    Route(
        method="PATCH",
        path="/api/rooms/{room}",
        name="change_room",
        body=api.RoomChange,
        summary="Change a room's title, purpose, who may be in it, or close it.",
        answer=api.Done,
    ),
    Route(
        method="GET",
        path="/api/rooms/{room}/messages",
        name="messages",
        query=("before", "after", "around"),
        summary="A page of messages before or after a cursor, or around a message.",
        answer=HistoryPage,
    ),
    Route(
        method="GET",
        path="/api/messages/{message}",
        name="message",
        summary="One message as it stands now.",
        answer=MessageView,
    ),
    Route(
        method="GET",
        path="/api/rooms/{room}/tallies",
        name="tallies",
        query=("since",),
        summary="The totals of messages whose reactions changed after a revision.",
        answer=api.Tallies,
    ),
    Route(
        method="GET",
        path="/api/rooms/{room}/people",
        name="people",
        query=("q",),
        summary="People in the room whose name begins with `q`, to mention or to let in.",
        answer=api.People,
    ),
    Route(
        method="PUT",
        path="/api/rooms/{room}/people/{person}",
        name="admit",
        body=api.AdmitBody,
        summary="Let a member into an invited room, or out of it.",
        answer=api.Done,
    ),
    Route(
        method="GET",
        path="/api/communities/{slug}/members",
        name="members",
        query=("q", "cursor"),
        summary="Members by name, for keepers.",
        answer=api.Members,
    ),
    Route(
        method="PUT",
        path="/api/communities/{slug}/members/{person}/role",
        name="set_role",
        body=api.RoleBody,
        summary="Give a member a role, or take it away.",
        answer=api.Done,
    ),
    Route(
        method="DELETE",
        path="/api/communities/{slug}/members/{person}",
        name="remove_member",
        summary="Take someone out of the community.",
        answer=api.Done,
    ),
    Route(
        method="GET",
        path="/api/communities/{slug}/invitations",
        name="invitations",
        summary="All invitations, newest first; never their secrets.",
        answer=api.Invitations,
    ),
    Route(
        method="POST",
        path="/api/communities/{slug}/invitations",
        name="make_invitation",
        body=api.InvitationBody,
        summary="Make an invitation. Its secret is shown this once.",
        answer=api.InvitationMade,
    ),
    Route(
        method="DELETE",
        path="/api/communities/{slug}/invitations/{invitation}",
        name="revoke_invitation",
        summary="Let nobody else in by this invitation.",
        answer=api.Done,
    ),
    Route(
        method="GET",
        path="/api/communities/{slug}/health",
        name="health",
        summary="How the server is, for keepers.",
        answer=api.Health,
    ),
    Route(
        method="POST",
        path="/live/poll",
        name="poll",
        body=Poll,
        answer=list,
        summary="The live connection where sockets are not possible: cursors and commands in, items out.",
    ),
)
