"""Invitations for keepers: listed, made, revoked. A secret is shown once, to whoever made it."""

import io
import secrets

import segno

from community.commands import InvitationKind, MakeInvitation, RevokeInvitation
from community.facts import STAFF
from community.invitations import new_code
from rooms.contract import Code, Refused
from rooms.ids import CommunityId
from server import api
from server.clock import new_id, new_secret
from server.door import invitations_sql as invitations
from server.door import reads_sql as reads
from server.door.door import Asked, Door

# Two codes alike are rarer than a lost letter; three in a row would be a fault of ours.
CODES_TRIED = 3
# The quiet zone that readers ask for.
QR_BORDER = 4


class Inviting:
    """Handlers of the routes about invitations."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def invitations(self, asked: Asked) -> api.Invitations:
        """All invitations, newest first."""
        slug, person = asked.path["slug"], asked.person
        return await self._door.database.read(lambda: invitations.listed(slug, person))

    async def make_invitation(self, asked: Asked) -> api.InvitationMade:
        """Make an invitation."""
        body, slug = asked.take(api.InvitationBody), asked.path["slug"]
        community = await self._door.database.read(lambda: reads.community_id(slug))
        for left in reversed(range(CODES_TRIED)):
            secret = new_code(secrets.choice) if body.kind is InvitationKind.CODE else new_secret()
            command = self._command(community, body, secret)
            try:
                await self._door.ask(community, command, actor=asked.person)
            except Refused as refused:
                if refused.code is not Code.CONFLICT or left == 0:
                    raise
                continue
            return self._made(command, secret)
        raise Refused(Code.CONFLICT)

    def _command(self, community: CommunityId, body: api.InvitationBody, secret: str) -> MakeInvitation:
        return MakeInvitation(
            community=community,
            invitation=new_id(),
            kind=body.kind,
            secret_hash=invitations.hash_of(secret, self._door.keys),
            ends_in_s=body.ends_in_s,
            role=body.role,
            room=body.room,
            standing=STAFF if body.staff else None,
            label=body.label,
            uses=body.uses,
        )

    def _made(self, command: MakeInvitation, secret: str) -> api.InvitationMade:
        path = f"/join/{secret}"
        return api.InvitationMade(
            invitation=command.invitation,
            code=secret if command.kind is InvitationKind.CODE else None,
            path=path,
            qr=qr_svg(self._door.settings.address + path),
        )

    async def revoke_invitation(self, asked: Asked) -> api.Done:
        """Let nobody else in by this invitation."""
        slug = asked.path["slug"]
        community = await self._door.database.read(lambda: reads.community_id(slug))
        command = RevokeInvitation(community=community, invitation=asked.path["invitation"])
        await self._door.ask(community, command, actor=asked.person)
        return api.Done()


def qr_svg(link: str) -> str:
    """A picture of the link, dark on white whatever the page's colours: that is what phones read best."""
    picture = io.BytesIO()
    # With its namespace, for it is shown as a picture of its own and not as part of the page.
    segno.make(link, error="m").save(
        picture, kind="svg", xmldecl=False, nl=False, border=QR_BORDER, dark="#000", light="#fff", omitsize=True
    )
    return picture.getvalue().decode()
