"""What may be said in a room and what comes of it."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.commands import EditMessage, PostMessage, Reaction, RemoveMessage, RoomCommand, SetReaction
from rooms.contract import Code, Refused
from rooms.events import (
    Author,
    HiddenNamesSet,
    MessageEdited,
    MessagePosted,
    MessageRemoved,
    RemovedBy,
    RoomClosed,
    RoomEvent,
    RoomOpened,
    RoomRenamed,
    RoomReopened,
    RoomVisibilitySet,
)
from rooms.ids import MessageId, Nonce, PersonId
from rooms.rights import Role, Standing, Visibility
from rooms.room import Counted, Facts, RoomState, decide, evolve
from tests.rules.people import NOW_MS, TEA, called, known, member, message, room

NONCE = Nonce("Zr3kT0m1Q8yV5bJcW2dN7A")
NEW = message("new")

ADA, BEN, MAY = member("Ada"), member("Ben", standing="patient"), member("May", Role.MODERATOR)


def post(
    text: str = "Good morning", *, reply_to: str = "", mentions: tuple[str, ...] = (), hide_name: bool = False
) -> PostMessage:
    return PostMessage(
        room=TEA,
        nonce=NONCE,
        text=text,
        reply_to=message(reply_to) if reply_to else None,
        mentions=tuple(map(called, mentions)),
        hide_name=hide_name,
    )


def edit(name: str, text: str = "Better words", *, mentions: tuple[str, ...] = ()) -> EditMessage:
    return EditMessage(room=TEA, nonce=NONCE, message=message(name), text=text, mentions=tuple(map(called, mentions)))


def remove(name: str) -> RemoveMessage:
    return RemoveMessage(room=TEA, nonce=NONCE, message=message(name))


def react(name: str, *, on: bool = True) -> SetReaction:
    return SetReaction(room=TEA, nonce=NONCE, message=message(name), reaction=Reaction.HEART, on=on)


def asked(
    command: RoomCommand, *, who: PersonId, facts: Facts, state: RoomState | None = None
) -> RoomEvent | Counted | None:
    """What comes of a command in the room."""
    return decide(state or room(), facts, command, who=who, new=NEW, now_ms=NOW_MS)


def refusal(command: RoomCommand, *, who: PersonId, facts: Facts, state: RoomState | None = None) -> Refused:
    """Why a command is refused."""
    with pytest.raises(Refused) as refused:
        asked(command, who=who, facts=facts, state=state)
    return refused.value


# Posting ----------------------------------------------------------------------------------------------------------


def test_a_message_is_posted_with_its_authors_name_standing_and_cleaned_words() -> None:
    said = asked(post(" Good morning\r\n"), who=BEN.person, facts=known(BEN))
    author = Author(person=BEN.person, name="Ben", standing="patient")
    assert said == MessagePosted(message=NEW, author=author, text="Good morning")


@pytest.mark.parametrize(
    ("roles", "shown"),
    [
        ((), None),
        ((Role.KEEPER,), Role.KEEPER),
        ((Role.KEEPER, Role.MODERATOR), Role.MODERATOR),
        ((Role.KEEPER, Role.MODERATOR, Role.HOST), Role.HOST),
    ],
)
def test_the_role_that_says_most_stands_beside_the_name(roles: tuple[Role, ...], shown: Role | None) -> None:
    said = asked(post(), who=ADA.person, facts=known(member("Ada", *roles)))
    assert isinstance(said, MessagePosted)
    assert said.author.role == shown


def test_a_hidden_name_leaves_nothing_but_an_alias_made_for_this_message() -> None:
    said = asked(post(hide_name=True), who=BEN.person, facts=known(BEN))
    assert said == MessagePosted(message=NEW, author=Author(alias=NEW), text="Good morning")


def test_a_name_is_not_hidden_where_names_are_shown() -> None:
    state = room(hide_names=False)
    assert refusal(post(hide_name=True), who=ADA.person, facts=known(ADA), state=state).code == Code.NAMES_ARE_SHOWN
    assert asked(post(), who=ADA.person, facts=known(ADA), state=state) is not None


def test_an_answer_names_the_message_it_answers() -> None:
    said = asked(post(reply_to="first"), who=ADA.person, facts=known(ADA, said=[("first", "Ben")]))
    assert isinstance(said, MessagePosted)
    assert said.reply_to == message("first")


def test_an_answer_to_nothing_to_what_was_removed_or_to_an_answer_is_refused() -> None:
    said = [("first", "Ben"), ("answer", "Ben"), ("gone", "Ben")]
    facts = known(ADA, said=said, removed="gone", reply="answer")
    assert refusal(post(reply_to="nowhere"), who=ADA.person, facts=facts).code == Code.NOT_FOUND
    assert refusal(post(reply_to="gone"), who=ADA.person, facts=facts).code == Code.ALREADY_REMOVED
    assert refusal(post(reply_to="answer"), who=ADA.person, facts=facts).code == Code.REPLY_TO_REPLY


def test_a_message_just_posted_can_be_answered_and_the_answer_cannot_in_the_same_batch() -> None:
    facts = known(ADA, BEN)
    asked(post(), who=ADA.person, facts=facts)
    answer = PostMessage(room=TEA, nonce=NONCE, text="Morning!", reply_to=NEW)
    assert decide(room(), facts, answer, who=BEN.person, new=message("second"), now_ms=NOW_MS) is not None
    to_answer = PostMessage(room=TEA, nonce=NONCE, text="Morning!", reply_to=message("second"))
    assert refusal(to_answer, who=BEN.person, facts=facts).code == Code.REPLY_TO_REPLY


def test_whoever_may_read_the_room_can_be_mentioned_each_once_and_nobody_else() -> None:
    state = room(visibility=Visibility.INVITED)
    facts = known(member("Ada", admitted=True), member("Ben", admitted=True), member("Cleo"))
    said = asked(post(mentions=("Ben", "Cleo", "Nobody", "Ben", "Ada")), who=ADA.person, facts=facts, state=state)
    assert isinstance(said, MessagePosted)
    assert said.mentions == (BEN.person, ADA.person)


def test_twenty_people_can_be_mentioned_and_one_more_is_refused() -> None:
    people = [member(f"p{n}") for n in range(21)]
    facts = known(ADA, *people)
    names = tuple(who.name for who in people)
    said = asked(post(mentions=names[:20] * 2), who=ADA.person, facts=facts)
    assert isinstance(said, MessagePosted)
    assert len(said.mentions) == 20
    refused = refusal(post(mentions=names), who=ADA.person, facts=facts)
    assert (refused.code, refused.params) == (Code.TOO_MANY_MENTIONS, {"limit": 20})


def test_words_are_refused_before_anything_else_of_the_message_is_looked_at() -> None:
    command = post(" \n ", reply_to="nowhere", hide_name=True)
    assert refusal(command, who=ADA.person, facts=known(ADA), state=room(hide_names=False)).code == Code.EMPTY


# Editing ----------------------------------------------------------------------------------------------------------


def test_the_author_puts_other_words_in_the_place_of_the_old_ones() -> None:
    facts = known(ADA, BEN, said=[("first", "Ada")])
    changed = asked(edit("first", " Better \r\n words ", mentions=("Ben",)), who=ADA.person, facts=facts)
    assert changed == MessageEdited(message=message("first"), text="Better \n words", mentions=(BEN.person,))


def test_nobody_edits_the_words_of_others_not_even_the_team() -> None:
    facts = known(ADA, MAY, said=[("first", "Ben")])
    for who in (ADA, MAY):
        assert refusal(edit("first"), who=who.person, facts=facts).code == Code.NOT_ALLOWED


def test_what_was_removed_is_not_edited() -> None:
    facts = known(ADA, said=[("first", "Ada")], removed="first")
    assert refusal(edit("first"), who=ADA.person, facts=facts).code == Code.ALREADY_REMOVED


def test_an_edit_passes_the_same_rules_as_a_new_message() -> None:
    facts = known(ADA, said=[("first", "Ada")])
    many = tuple(f"p{n}" for n in range(21))
    assert refusal(edit("first", "\u200b"), who=ADA.person, facts=facts).code == Code.EMPTY
    assert refusal(edit("first", "a\x00"), who=ADA.person, facts=facts).code == Code.CONTROL_CHARACTERS
    assert refusal(edit("first", mentions=many), who=ADA.person, facts=facts).code == Code.TOO_MANY_MENTIONS


# Removing ---------------------------------------------------------------------------------------------------------


def test_ones_own_message_is_removed_by_its_author_and_anybodys_by_the_team() -> None:
    facts = known(ADA, MAY, said=[("first", "Ada"), ("second", "Ada"), ("third", "May")])
    own = asked(remove("first"), who=ADA.person, facts=facts)
    others = asked(remove("second"), who=MAY.person, facts=facts)
    moderators_own = asked(remove("third"), who=MAY.person, facts=facts)
    assert own == MessageRemoved(message=message("first"), by=RemovedBy.AUTHOR)
    assert others == MessageRemoved(message=message("second"), by=RemovedBy.TEAM)
    assert moderators_own == MessageRemoved(message=message("third"), by=RemovedBy.AUTHOR)


def test_a_member_does_not_remove_what_others_said() -> None:
    facts = known(ADA, said=[("first", "Ben")])
    assert refusal(remove("first"), who=ADA.person, facts=facts).code == Code.NOT_ALLOWED


def test_removing_twice_changes_nothing() -> None:
    facts = known(ADA, said=[("first", "Ada")])
    assert asked(remove("first"), who=ADA.person, facts=facts) is not None
    assert asked(remove("first"), who=ADA.person, facts=facts) is None


def test_what_was_removed_earlier_in_the_batch_is_neither_edited_nor_answered_nor_reacted_to() -> None:
    facts = known(ADA, said=[("first", "Ada")])
    asked(remove("first"), who=ADA.person, facts=facts)
    for command in (edit("first"), post(reply_to="first"), react("first")):
        assert refusal(command, who=ADA.person, facts=facts).code == Code.ALREADY_REMOVED


def test_an_answer_that_was_removed_is_still_an_answer() -> None:
    facts = known(ADA, said=[("answer", "Ada")], reply="answer")
    asked(remove("answer"), who=ADA.person, facts=facts)
    assert facts.messages[message("answer")].is_reply


# Reacting ---------------------------------------------------------------------------------------------------------


def test_a_reaction_is_counted_once_and_taken_back_once() -> None:
    facts = known(ADA, said=[("first", "Ben")])
    mine = Counted(message("first"), ADA.person, Reaction.HEART, on=True)
    assert asked(react("first"), who=ADA.person, facts=facts) == mine
    assert asked(react("first"), who=ADA.person, facts=facts) is None
    assert asked(react("first", on=False), who=ADA.person, facts=facts) == Counted(
        message("first"), ADA.person, Reaction.HEART, on=False
    )
    assert asked(react("first", on=False), who=ADA.person, facts=facts) is None


def test_the_same_sign_of_two_people_and_two_signs_of_one_are_each_counted() -> None:
    facts = known(ADA, BEN, said=[("first", "Ben")])
    thanks = SetReaction(room=TEA, nonce=NONCE, message=message("first"), reaction=Reaction.THANKS, on=True)
    assert asked(react("first"), who=ADA.person, facts=facts) is not None
    assert asked(react("first"), who=BEN.person, facts=facts) is not None
    assert asked(thanks, who=ADA.person, facts=facts) is not None


# What does not exist, and who may not -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", [edit("nowhere"), remove("nowhere"), react("nowhere")])
def test_a_message_that_is_not_there_is_not_found(command: RoomCommand) -> None:
    assert refusal(command, who=MAY.person, facts=known(MAY)).code == Code.NOT_FOUND


@pytest.mark.parametrize("command", [post(), edit("first"), remove("first"), react("first")])
def test_a_stranger_is_told_the_same_as_of_a_room_that_does_not_exist(command: RoomCommand) -> None:
    facts = known(said=[("first", "Ada")])
    assert refusal(command, who=ADA.person, facts=facts).code == Code.NOT_FOUND


@pytest.mark.parametrize("command", [edit("first"), edit("nowhere"), remove("first"), remove("nowhere")])
def test_who_may_not_read_cannot_find_out_what_is_there(command: RoomCommand) -> None:
    facts = known(ADA, said=[("first", "Ada")])
    state = room(visibility=Visibility.TEAM)
    assert refusal(command, who=ADA.person, facts=facts, state=state).code == Code.NOT_FOUND


def test_a_muted_member_writes_again_the_moment_the_mute_ends() -> None:
    assert refusal(post(), who=ADA.person, facts=known(member("Ada", muted_until_ms=NOW_MS + 1))).code == Code.MUTED
    assert asked(post(), who=ADA.person, facts=known(member("Ada", muted_until_ms=NOW_MS))) is not None


def test_in_a_closed_room_ones_own_words_can_only_be_taken_back() -> None:
    facts = known(ADA, said=[("first", "Ada")])
    for command in (post(), edit("first"), react("first")):
        assert refusal(command, who=ADA.person, facts=facts, state=room(closed=True)).code == Code.ROOM_CLOSED
    assert asked(remove("first"), who=ADA.person, facts=facts, state=room(closed=True)) is not None


# The state --------------------------------------------------------------------------------------------------------

OPENED = RoomOpened(title="Tea", purpose="To talk", visibility=Visibility.TEAM, hide_names=False)


def test_each_event_changes_what_it_says_and_nothing_else() -> None:
    state = room()
    opened = replace(state, title="Tea", purpose="To talk", visibility=Visibility.TEAM, hide_names=False)
    assert evolve(state, OPENED) == opened
    assert evolve(state, RoomRenamed(title="T", purpose="P")) == replace(state, title="T", purpose="P")
    visible = RoomVisibilitySet(visibility=Visibility.INVITED)
    assert evolve(state, visible) == replace(state, visibility=Visibility.INVITED)
    assert evolve(state, HiddenNamesSet(on=False)) == replace(state, hide_names=False)
    assert evolve(state, RoomClosed()) == replace(state, closed=True)
    assert evolve(replace(state, closed=True), RoomReopened()) == state


def test_what_is_said_leaves_the_state_as_it_is() -> None:
    state = room()
    for event in (
        MessagePosted(message=NEW, author=Author(), text="hello"),
        MessageEdited(message=NEW, text="hello"),
        MessageRemoved(message=NEW, by=RemovedBy.TEAM),
    ):
        assert evolve(state, event) is state


def test_the_place_that_rights_ask_about_follows_the_state() -> None:
    state = evolve(evolve(room(), RoomVisibilitySet(visibility=Visibility.TEAM)), RoomClosed())
    assert (state.place.visibility, state.place.closed) == (Visibility.TEAM, True)


settings = st.one_of(
    st.builds(RoomOpened, title=st.text(), purpose=st.text()),
    st.builds(RoomRenamed, title=st.text(), purpose=st.text()),
    st.builds(RoomVisibilitySet),
    st.builds(HiddenNamesSet),
    st.just(RoomClosed()),
    st.just(RoomReopened()),
    st.builds(MessageRemoved, message=st.just(NEW)),
)


@given(st.lists(settings))
def test_the_state_is_what_the_last_word_on_each_setting_says(events: list[RoomEvent]) -> None:
    state = room()
    for event in events:
        state = evolve(state, event)

    def last(kinds: type | tuple[type, ...], name: str, otherwise: object) -> object:
        said = [event for event in events if isinstance(event, kinds)]
        return getattr(said[-1], name) if said else otherwise

    assert state.title == last((RoomOpened, RoomRenamed), "title", "Tea and talk")
    assert state.purpose == last((RoomOpened, RoomRenamed), "purpose", "")
    assert state.visibility == last((RoomOpened, RoomVisibilitySet), "visibility", Visibility.COMMUNITY)
    closings = [isinstance(event, RoomClosed) for event in events if isinstance(event, (RoomClosed, RoomReopened))]
    assert state.closed == (closings[-1] if closings else False)
    hidings = [
        event.on if isinstance(event, HiddenNamesSet) else event.hide_names
        for event in events
        if isinstance(event, (HiddenNamesSet, RoomOpened))
    ]
    assert state.hide_names == (hidings[-1] if hidings else True)
    assert (state.community, state.slug) == (room().community, "tea")


texts = st.sampled_from(["hello", " \n", "a\x00", "again"])
names = st.sampled_from(["first", "second", "nowhere"])
EVERYBODY = (ADA, BEN, MAY, member("Lil", accepted=False), member("Mo", muted_until_ms=NOW_MS * 2))
people = st.sampled_from(EVERYBODY)
commands = st.one_of(
    st.builds(post, texts, reply_to=st.sampled_from(["", "first", "second"]), hide_name=st.booleans()),
    st.builds(edit, names, texts),
    st.builds(remove, names),
    st.builds(react, names, on=st.booleans()),
)


def outcome(
    command: RoomCommand, *, who: PersonId, facts: Facts, state: RoomState
) -> RoomEvent | Counted | Code | None:
    """What comes of a command, or why nothing does."""
    try:
        return asked(command, who=who, facts=facts, state=state)
    except Refused as refused:
        return refused.code


def loaded(said: dict[str, str], removed: set[MessageId], reacted: set[tuple[MessageId, PersonId, Reaction]]) -> Facts:
    """The facts as they are read when everything before has been stored."""
    facts = known(*EVERYBODY, said=said.items())
    facts.messages |= {gone: dataclasses.replace(facts.messages[gone], removed=True) for gone in removed}
    facts.reactions |= reacted
    return facts


@given(st.lists(st.tuples(people, commands), max_size=30), st.sampled_from([room(), room(closed=True)]))
def test_a_batch_decides_as_its_commands_would_one_by_one(
    asks: list[tuple[Standing, RoomCommand]], state: RoomState
) -> None:
    said = {"first": "Ada", "second": "Ben"}
    together = known(*EVERYBODY, said=said.items())
    removed: set[MessageId] = set()
    reacted: set[tuple[MessageId, PersonId, Reaction]] = set()
    for who, command in asks:
        alone = loaded(said, removed, reacted)
        result = outcome(command, who=who.person, facts=together, state=state)
        assert result == outcome(command, who=who.person, facts=alone, state=state)
        match result:
            case MessageRemoved(message=gone):
                removed.add(gone)
            case Counted(message=about, person=by, reaction=sign, on=on):
                (reacted.add if on else reacted.discard)((about, by, sign))
