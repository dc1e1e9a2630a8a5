"""A community for its members and keepers: its home, what it states, names, roles, leaving and being removed."""

from msgspec.structs import replace

from community.commands import (
    AcceptValues,
    ChangeCommunity,
    ChangeName,
    EndSessions,
    FinishSetup,
    Leave,
    RemoveMember,
    SetRole,
)
from rooms.ids import CommunityId, PersonId
from server import api, api_running
from server.database.ports import Work
from server.door import audit_reads_sql as audit
from server.door import reads_sql as reads
from server.door.door import Asked, Door, Given


class Belonging:
    """Handlers of the routes about a community and its members."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def _here(self, asked: Asked) -> CommunityId:
        """The community at the address, when the asker is a member. Else it looks as if there were none."""
        slug, person = asked.path["slug"], asked.person

        def work() -> Work[CommunityId]:
            community = yield from reads.community_id(slug)
            yield from reads.member_here(community, person)
            return community

        return await self._door.database.read(work)

    async def _me_here(self, community: CommunityId, person: PersonId) -> api.Membership:
        return await self._door.database.read(lambda: reads.my_membership(community, person))

    async def home(self, asked: Asked) -> api.Home:
        """A community's home."""
        slug, person = asked.path["slug"], asked.person
        home = await self._door.database.read(lambda: reads.home(slug, person))
        await self._door.database.write(lambda: reads.came_by(home.community.community, person))
        here = await self._door.here([line.room for line in home.rooms])
        mail = self._door.mails is not None
        return replace(home, mail=mail, rooms=tuple(replace(line, here=here[line.room]) for line in home.rooms))

    async def change_community(self, asked: Asked) -> api.CommunityView:
        """State the purpose, values and who runs it anew."""
        body = asked.take(api.CommunityBody)
        community = await self._here(asked)
        command = ChangeCommunity(
            community=community,
            name=body.name,
            purpose=body.purpose,
            values=body.values,
            runs_it=body.runs_it,
            contact=body.contact,
            commitments=body.commitments,
            standings=body.standings,
            admits=body.admits,
            lead=body.lead,
            lead_contact=body.lead_contact,
            door=body.door,
        )
        await self._door.ask(community, command, actor=asked.person)
        return await self._door.database.read(lambda: reads.community_view(community))

    async def finish_setup(self, asked: Asked) -> api.Done:
        """Have no more steps of setting up shown."""
        community = await self._here(asked)
        await self._door.ask(community, FinishSetup(community=community), actor=asked.person)
        return api.Done()

    async def change_me(self, asked: Asked) -> api.Membership:
        """Be called something else, or come as something else."""
        body = asked.take(api.MeBody)
        community = await self._here(asked)
        command = ChangeName(
            community=community, name=body.name, standing=body.standing, shows_standing=body.shows_standing
        )
        await self._door.ask(community, command, actor=asked.person)
        return await self._me_here(community, asked.person)

    async def accept_values(self, asked: Asked) -> api.Membership:
        """Say yes to the values."""
        community = await self._here(asked)
        await self._door.ask(community, AcceptValues(community=community), actor=asked.person)
        return await self._me_here(community, asked.person)

    async def leave(self, asked: Asked) -> Given:
        """Leave the community and end this session."""
        community = await self._here(asked)
        await self._door.ask(community, Leave(community=community), actor=asked.person)
        await self._door.sessions.end_homeless(asked.person)
        if asked.session is not None:
            await self._door.sessions.end(asked.session.session, asked.person)
        return Given(api.Done(), (self._door.sessions.drop_cookie(),))

    async def members(self, asked: Asked) -> api.Members:
        """A page of members by name."""
        slug, person, query = asked.path["slug"], asked.person, asked.query
        return await self._door.database.read(
            lambda: reads.members(slug, person, q=query.get("q", ""), cursor=query.get("cursor"))
        )

    async def set_role(self, asked: Asked) -> api.Done:
        """Give a member a role or take it away, or say yes or no to one who waits for it."""
        body = asked.take(api.RoleBody)
        community, person = await self._here(asked), PersonId(asked.path["person"])
        command = SetRole(
            community=community,
            person=person,
            role=body.role,
            room=body.room,
            held=body.held,
            answers=body.answers,
        )
        await self._door.ask(community, command, actor=asked.person)
        # Their next request gets a new token.
        self._door.sessions.drop_cached(person)
        if body.held:
            # What was good enough for a member may not be for the team, and a node believes what it has seen a while.
            await self._door.sessions.end_lifeless(person)
        return api.Done()

    async def end_sessions(self, asked: Asked) -> Given:
        """Sign a member out on all their devices."""
        community, person = await self._here(asked), PersonId(asked.path["person"])
        await self._door.ask(community, EndSessions(community=community, person=person), actor=asked.person)
        self._door.sessions.forget(person)
        return Given(api.Done(), (self._door.sessions.drop_cookie(),) if person == asked.person else ())

    async def audit(self, asked: Asked) -> api_running.Audit:
        """A page of what was done by right."""
        slug, person, query, chain = asked.path["slug"], asked.person, asked.query, self._door.chain
        sought = audit.Sought(what=query.get("what"), person=query.get("person"), cursor=query.get("cursor"))
        return await self._door.database.read(lambda: audit.read_audit(slug, person, sought, chain=chain))

    async def remove_member(self, asked: Asked) -> api.Done:
        """Take someone out of the community."""
        community, person = await self._here(asked), PersonId(asked.path["person"])
        await self._door.ask(community, RemoveMember(community=community, person=person), actor=asked.person)
        await self._door.sessions.end_homeless(person)
        return api.Done()
