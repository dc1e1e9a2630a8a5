"""What was done by right, as keepers read it; and that nothing of it is forgotten, whatever route it comes by."""

from typing import Any

import pytest

from rooms.audit import What
from rooms.commands import PostMessage, RemoveMessage
from rooms.ids import PersonId, RoomId, room_stream
from server.door.links_sql import make_sign_in_link
from server.routes import ROUTES
from tests.server.door.house import Browser, House
from tests.world import new_nonce

AUDIT = "/api/communities/eyes/audit"
MEMBERS = "/api/communities/eyes/members"
# Routes that change nothing but what is one's own; what goes by the poll is asked in test_rights_enforced.
ONES_OWN = {
    "look_invitation",
    "join",
    "sign_in",
    "make_way_back",
    "come_back",
    "was_me",
    "sign_out",
    "end_session",
    "change_me",
    "accept_values",
    "give_address",
    "forget_address",
    "set_quiet",
    "confirm_address",
    "stop_mails",
    "one_click_stop",
    "involve",
    "seen_news",
    "leave",
    "erase_me",
    "receipt",
    "join_vouched",
    "connect_identity",
    "disconnect_identity",
    "poll",
    "end_other_sessions",
    # What opens the door to somebody of the team is written down all the same: see test_passkeys.
    "begin_passkey",
    "add_passkey",
    "remove_passkey",
    "begin_passkey_sign_in",
    "sign_in_by_passkey",
}


STATED = {
    "name": "Eyes",
    "purpose": "To see.",
    "values": [],
    "runs_it": "The ward",
    "contact": "The desk",
    "admits": "sixteen",
    "lead": "Joy",
    "lead_contact": "The desk",
}


async def acts(who: Browser, query: str = "") -> list[dict[str, Any]]:
    answer = await who.get(f"{AUDIT}{query}")
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = answer.json()["lines"]
    return lines


async def test_whatever_route_changes_something_by_right_it_is_written_down(house: House, keeper: Browser) -> None:
    rosa, ben = await house.member(keeper, "Rosa"), await house.member(keeper, "Ben")
    room = await house.room(keeper, "den", "invited")
    tea = await house.room(keeper, "tea")
    invitation = (await house.invite(keeper))["invitation"]
    link = {"kind": "link", "label": "For Mo"}
    by_right = {
        "open_room": ("POST", "/api/communities/eyes/rooms", {"slug": "nook", "title": "Nook"}, [What.OPEN_ROOM]),
        "change_room": (
            "PATCH",
            f"/api/rooms/{room}",
            {"title": "The den", "closed": True},
            [What.CHANGE_ROOM, What.CLOSE_ROOM],
        ),
        "admit": ("PUT", f"/api/rooms/{room}/people/{rosa.person}", {"admitted": True}, [What.ADMIT]),
        "set_role": ("PUT", f"{MEMBERS}/{rosa.person}/role", {"role": "host", "held": True}, [What.SET_ROLES]),
        "make_invitation": ("POST", "/api/communities/eyes/invitations", link, [What.INVITE]),
        "revoke_invitation": (
            "DELETE",
            f"/api/communities/eyes/invitations/{invitation}",
            None,
            [What.REVOKE_INVITATION],
        ),
        "change_community": ("PATCH", "/api/communities/eyes", STATED, [What.CHANGE_COMMUNITY]),
        "finish_setup": ("POST", "/api/communities/eyes/set-up", None, [What.FINISH_SETUP]),
        "tell_people": (
            "POST",
            "/api/communities/eyes/news",
            {"news": new_nonce(), "room": tea, "kind": "coming", "says": "Tea and Mo’s cake."},
            [What.TELL_PEOPLE],
        ),
        "set_keeping": ("PUT", "/api/communities/eyes/keeping", {"days": 200}, [What.SET_KEEPING]),
        "set_hold": ("PUT", "/api/communities/eyes/hold", {"reason": "court"}, [What.HOLD]),
        "end_sessions": ("DELETE", f"{MEMBERS}/{ben.person}/sessions", None, [What.END_SESSIONS]),
        "remove_member": ("DELETE", f"{MEMBERS}/{ben.person}", None, [What.REMOVE_MEMBER]),
    }
    # The first keeper's claim is the first act of all.
    assert (await acts(keeper))[-1]["what"] == What.FOUND
    asked = {route.name for route in ROUTES if route.method != "GET"}
    assert by_right.keys() | ONES_OWN | {"claim"} == asked, "a new route: say whether it is done by right, and how"

    for name, (method, path, body, expected) in by_right.items():
        before = len(await acts(keeper))
        answer = await keeper.ask(method, path, body)
        assert answer.status_code == 200, (name, answer.text)
        new = (await acts(keeper))[:-before]
        assert [line["what"] for line in reversed(new)] == expected, name
        assert {line["by"]["person"] for line in new} == {keeper.person}
        # What is so already is not done, and not written down once more.
        if name in {
            "change_room",
            "admit",
            "set_role",
            "revoke_invitation",
            "change_community",
            "tell_people",
            "remove_member",
        }:
            await keeper.ask(method, path, body)
            assert len(await acts(keeper)) == before + len(expected), name
    for (details,) in await house.rows("SELECT details FROM audit"):
        assert not {"Mo", "Nook", "den", "Eyes", "Rosa", "ward"} & set(details.replace('"', " ").split())


async def test_of_a_statement_the_fields_are_written_down_and_not_what_they_say(house: House, keeper: Browser) -> None:
    assert (await keeper.patch("/api/communities/eyes", STATED)).status_code == 200
    fields = ("name", "purpose", "values", "runs_it", "contact", "lead", "lead_contact")
    assert (await acts(keeper))[0]["details"] == {**dict.fromkeys(fields, True), "admits": "sixteen"}


async def test_a_refused_act_is_not_written_down(house: House, keeper: Browser) -> None:
    before = await house.rows("SELECT * FROM audit")
    assert (await keeper.delete(f"{MEMBERS}/{keeper.person}")).json()["code"] == "last_keeper"
    assert await house.rows("SELECT * FROM audit") == before


async def test_the_audit_is_for_keepers_alone(house: House, keeper: Browser) -> None:
    for name, role in (("Rosa", None), ("Mo", "moderator"), ("Hana", "host")):
        who = await house.member(keeper, name, **({"role": role} if role else {}))
        for path in (AUDIT, f"{AUDIT}?what=roles.set"):
            answer = await who.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), role
        ended = await who.delete(f"{MEMBERS}/{keeper.person}/sessions")
        assert (ended.status_code, ended.json()["code"]) == (403, "not_allowed"), role
    assert (await house.browser().get(AUDIT)).status_code == 401
    second = await house.member(keeper, "Ada", role="keeper")
    assert (await second.get(AUDIT)).status_code == 200


async def test_an_act_says_who_did_it_to_whom_and_where_with_the_names_they_have_now(
    house: House, keeper: Browser
) -> None:
    rosa = await house.member(keeper, "Rosa")
    room = await house.room(keeper, "den")
    await keeper.put(f"{MEMBERS}/{rosa.person}/role", {"role": "host", "held": True, "room": room})
    await keeper.patch(f"/api/rooms/{room}", {"title": "The burrow", "visibility": "team"})
    changed, given = (await acts(keeper))[:2]
    assert given["by"] == {"person": keeper.person, "name": "Kirsten"}
    assert given["person"] == {"person": rosa.person, "name": "Rosa"}
    assert (given["room"], given["details"]["role"], given["details"]["held"]) == ("The burrow", "host", True)
    assert changed["details"] == {"renamed": True, "visibility": "team"}
    # Erased, only the id is left of her.
    await house.change("UPDATE member SET name = '' WHERE person = ?", rosa.person)
    assert (await acts(keeper))[1]["person"] == {"person": rosa.person, "name": None}
    assert (await keeper.get(AUDIT)).json()["chain"]["fault"] is None


async def test_whose_message_was_removed_is_said_unless_their_name_was_hidden(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    room = RoomId((await keeper.get("/api/communities/eyes/rooms/tea-table")).json()["room"])
    streams = house.hearth.streams
    for hide in (False, True):
        said = PostMessage(room=room, nonce=new_nonce(), text="I mind.", hide_name=hide)
        done = await streams.ask(streams.order(room_stream(room), said, actor=PersonId(rosa.person), nonce=said.nonce))
        assert done.message is not None
        taken = RemoveMessage(room=room, nonce=new_nonce(), message=done.message)
        await streams.ask(streams.order(room_stream(room), taken, actor=PersonId(keeper.person), nonce=taken.nonce))
    hidden, shown = (await acts(keeper))[:2]
    assert (shown["what"], shown["room"]) == ("message.remove", "The tea table")
    assert shown["person"] == {"person": rosa.person, "name": "Rosa"}
    assert hidden["person"] is None
    assert rosa.person not in str(await house.rows("SELECT * FROM audit WHERE what = 'message.remove'"))


async def test_acts_come_in_pages_newest_first_by_kind_and_by_person(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    room = await house.room(keeper, "den", "invited")
    for n in range(52):
        await keeper.put(f"/api/rooms/{room}/people/{rosa.person}", {"admitted": n % 2 == 0})
    first = (await keeper.get(AUDIT)).json()
    rest = (await keeper.get(f"{AUDIT}?cursor={first['next']}")).json()
    numbers = [line["number"] for line in [*first["lines"], *rest["lines"]]]
    assert numbers == list(range(len(numbers), 0, -1))
    assert (rest["next"], rest["chain"]) == (None, None)
    assert first["chain"] == {
        "count": len(numbers),
        "looked": len(numbers),
        "checked_ms": first["chain"]["checked_ms"],
        "fault": None,
    }
    assert {line["what"] for line in await acts(keeper, "?what=room.open")} == {"room.open"}
    about_her = await acts(keeper, f"?person={rosa.person}")
    assert {line["what"] for line in about_her} == {"room.admit"}
    for query in ("?what=tea", "?cursor=tea", "?cursor=-1", f"?cursor={'9' * 16}", "?cursor=²"):
        answer = await keeper.get(f"{AUDIT}{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), query


async def test_the_page_says_when_somebody_has_changed_what_was_written_down(house: House, keeper: Browser) -> None:
    await house.room(keeper, "den")
    await house.change("UPDATE audit SET what = 'spoilt', details = '{' WHERE number = 2")
    page = (await keeper.get(AUDIT)).json()
    assert page["chain"]["fault"] == 2
    assert [line["what"] for line in page["lines"]] == [None, "community.found"]


async def test_who_is_signed_out_by_a_keeper_is_signed_out_everywhere(house: House, keeper: Browser) -> None:
    rosa = await house.member(keeper, "Rosa")
    path = await make_sign_in_link(house.hearth.database, house.hearth.door.chain, PersonId(rosa.person))
    phone = house.browser()
    await phone.post("/api/sign-in", {"secret": path.rpartition("/")[2]})
    answer = await keeper.delete(f"{MEMBERS}/{rosa.person}/sessions")
    assert answer.status_code == 200
    for device in (rosa, phone):
        assert (await device.get("/api/communities/eyes")).status_code == 401
    ended, link = (await acts(keeper, f"?person={rosa.person}"))[:2]
    assert (ended["what"], ended["by"]["name"]) == ("sessions.end", "Kirsten")
    # The link was made by whoever runs the server, who is nobody here.
    assert (link["what"], link["by"], link["person"]["name"]) == ("people.link", None, "Rosa")
    # It is a member still, and comes back by a link.
    assert [line["name"] for line in (await keeper.get(MEMBERS)).json()["members"]] == ["Kirsten", "Rosa"]


@pytest.mark.parametrize("person", ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "gone"])
async def test_nobody_who_is_no_member_is_signed_out(house: House, keeper: Browser, person: str) -> None:
    ben = await house.member(keeper, "Ben")
    await ben.post("/api/communities/eyes/leave")
    answer = await keeper.delete(f"{MEMBERS}/{ben.person if person == 'gone' else person}/sessions")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
