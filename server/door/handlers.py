"""Every handler at the door by the name of its route, and the table of routes as the framework takes it."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.routing import Route as HttpRoute
from starlette.types import Receive, Scope, Send

from server.door.arriving import Arriving
from server.door.belonging import Belonging
from server.door.door import ByMethod, Door, Endpoint, Handler, bind
from server.door.hosting import Hosting
from server.door.inviting import Inviting
from server.door.keeping import KeepingWords
from server.door.owning import Owning
from server.door.pages import PAGES
from server.door.problems import answer, of_status
from server.door.proving import Proving
from server.door.reaching import Reaching
from server.door.returning import Returning
from server.door.vouching import Vouching
from server.routes import ROUTES


def handlers(door: Door) -> dict[str, Handler]:
    """The handlers of all routes about people, communities, rooms and invitations."""
    return {**_of_oneself(door), **_of_a_community(door)}


def _of_oneself(door: Door) -> dict[str, Handler]:
    arriving, returning, owning = Arriving(door), Returning(door), Owning(door)
    proving, reaching, vouching = Proving(door), Reaching(door), Vouching(door)
    return {
        "me": arriving.me,
        "look_invitation": arriving.look_invitation,
        "join": arriving.join,
        "sign_in": arriving.sign_in,
        "claim": arriving.claim,
        "make_way_back": returning.make_way_back,
        "come_back": returning.come_back,
        "was_me": returning.was_me,
        "passkeys": proving.passkeys,
        "begin_passkey": proving.begin_passkey,
        "add_passkey": proving.add_passkey,
        "remove_passkey": proving.remove_passkey,
        "begin_passkey_sign_in": proving.begin_passkey_sign_in,
        "sign_in_by_passkey": proving.sign_in_by_passkey,
        "reach": reaching.reach,
        "give_address": reaching.give_address,
        "forget_address": reaching.forget_address,
        "set_quiet": reaching.set_quiet,
        "confirm_address": reaching.confirm_address,
        "stop_mails": reaching.stop_mails,
        "one_click_stop": reaching.one_click_stop,
        "involve": reaching.involve,
        "tell_people": reaching.tell_people,
        "seen_news": reaching.seen_news,
        "outbox": reaching.outbox,
        "kept": owning.kept,
        "export": owning.export,
        "erase_me": owning.erase_me,
        "receipt": owning.receipt,
        "look_vouched": vouching.look_vouched,
        "join_vouched": vouching.join_vouched,
        "connect_identity": vouching.connect_identity,
        "disconnect_identity": vouching.disconnect_identity,
        "sign_out": arriving.sign_out,
        "sessions": arriving.sessions,
        "end_session": arriving.end_session,
        "end_other_sessions": arriving.end_other_sessions,
    }


def _of_a_community(door: Door) -> dict[str, Handler]:
    belonging, hosting, inviting, keeping = Belonging(door), Hosting(door), Inviting(door), KeepingWords(door)
    return {
        "keeping": keeping.keeping,
        "keeping_due": keeping.keeping_due,
        "set_keeping": keeping.set_keeping,
        "set_hold": keeping.set_hold,
        "home": belonging.home,
        "change_community": belonging.change_community,
        "finish_setup": belonging.finish_setup,
        "change_me": belonging.change_me,
        "accept_values": belonging.accept_values,
        "leave": belonging.leave,
        "members": belonging.members,
        "set_role": belonging.set_role,
        "remove_member": belonging.remove_member,
        "end_sessions": belonging.end_sessions,
        "audit": belonging.audit,
        "open_room": hosting.open_room,
        "find_room": hosting.find_room,
        "change_room": hosting.change_room,
        "people": hosting.people,
        "admit": hosting.admit,
        "invitations": inviting.invitations,
        "make_invitation": inviting.make_invitation,
        "revoke_invitation": inviting.revoke_invitation,
    }


def http_routes(door: Door, by_name: Mapping[str, Handler]) -> list[HttpRoute]:
    """One entry for each address that is no page's. Every route of the table needs its handler."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for route in ROUTES:
        if route.path in PAGES:
            continue
        by_path.setdefault(route.path, {})[route.method] = bind(door, route, by_name[route.name])
    return [HttpRoute(path, ByMethod(endpoints)) for path, endpoints in by_path.items()]


def page_posts(door: Door, by_name: Mapping[str, Handler]) -> dict[str, Endpoint]:
    """What is posted to an address that is a page's as well."""
    return {route.path: bind(door, route, by_name[route.name]) for route in ROUTES if route.path in PAGES}


class _Nothing:
    """Answers, whatever the method, at every address under `/api` and `/live` that is none."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(of_status(HTTPStatus.NOT_FOUND))(scope, receive, send)


not_found = _Nothing()
