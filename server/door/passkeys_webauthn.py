"""Passkeys as browsers speak of them (WebAuthn): what a browser is asked for, and whether its answer holds.

Both go as the JSON that browsers read and write by themselves, in one text. What comes back is a stranger's: it is
refused with a code, whatever stands in it.
"""

import base64
import json
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from rooms.contract import Code, Refused
from rooms.ids import PersonId
from server.door.challenges import LASTS_MS
from server.settings import Settings, is_in_numbers, origin_of

# The library loads slowly and is needed seldom, so it is loaded when the first passkey is looked at, in a thread.

TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})


class Shown(NamedTuple):
    """What a browser's answer says of itself, before any of it is believed."""

    text: str
    credential: str
    challenge: bytes
    person: PersonId | None


class NewKey(NamedTuple):
    """A passkey that was made; bytes as base64url."""

    credential: str
    public_key: str
    sign_count: int
    transports: tuple[str, ...]


class KnownKey(NamedTuple):
    """A passkey as it is kept."""

    id: str
    person: PersonId
    public_key: str
    sign_count: int


def host_of(settings: Settings) -> str:
    """The name for which passkeys are made. A browser makes none for an address in numbers."""
    host = urlsplit(settings.address).hostname
    return "localhost" if host is None or is_in_numbers(settings.address) else host


class Webauthn:
    """Asks browsers for passkeys of this server's name, and checks what they answer. To be called in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._host = host_of(settings)
        self._origins = sorted(settings.origins | {origin_of(settings.address)})

    def to_add(self, challenge: bytes, person: PersonId, *, name: str, known: Sequence[str]) -> str:
        """What a browser needs to make a passkey for `person`, on a device that has none of those `known`."""
        from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415
        from webauthn.helpers.structs import (  # noqa: PLC0415
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        options = generate_registration_options(
            rp_id=self._host,
            rp_name=self._host,
            user_id=person.encode(),
            user_name=name,
            user_display_name=name,
            challenge=challenge,
            timeout=LASTS_MS,
            # Found by the device itself, so that nobody has to say who they are first; and never by its touch alone.
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(one)) for one in known],
        )
        return options_to_json(options)

    def to_sign_in(self, challenge: bytes) -> str:
        """What a browser needs to show which passkey it has for this server."""
        from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415
        from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

        return options_to_json(
            generate_authentication_options(
                rp_id=self._host,
                challenge=challenge,
                timeout=LASTS_MS,
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def read(self, text: str) -> Shown:
        """What an answer says of itself. Refused when it can't be read, or was given to another site's page."""
        try:
            credential = json.loads(text)
            response = credential["response"]
            client = json.loads(_bytes(response["clientDataJSON"]))
            origin, foreign = client["origin"], client.get("crossOrigin", False)
            handle = response.get("userHandle")
            shown = Shown(
                text,
                _text(_bytes(credential["rawId"])),
                _bytes(client["challenge"]),
                PersonId(_bytes(handle).decode()) if handle else None,
            )
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise Refused(Code.PASSKEY_REFUSED) from None
        # A page elsewhere that looks like ours may have asked for it.
        if origin not in self._origins or foreign is not False:
            raise Refused(Code.WRONG_ORIGIN)
        return shown

    def added(self, shown: Shown) -> NewKey:
        """The passkey that was made. Refused when the answer does not hold."""
        from webauthn import verify_registration_response  # noqa: PLC0415
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

        try:
            verified = verify_registration_response(
                credential=shown.text,
                expected_challenge=shown.challenge,
                expected_rp_id=self._host,
                expected_origin=self._origins,
                require_user_verification=True,
            )
            transports = json.loads(shown.text)["response"].get("transports") or ()
            return NewKey(
                credential=_text(verified.credential_id),
                public_key=_text(verified.credential_public_key),
                sign_count=verified.sign_count,
                transports=tuple(sorted(TRANSPORTS & {str(one) for one in transports})),
            )
        except (WebAuthnException, *_BROKEN):
            raise Refused(Code.PASSKEY_REFUSED) from None

    def signed(self, shown: Shown, key: KnownKey) -> int:
        """How often the passkey was used, as it says itself. Refused when the answer is not this passkey's."""
        from webauthn import verify_authentication_response  # noqa: PLC0415
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

        if shown.person not in {None, key.person}:
            raise Refused(Code.PASSKEY_REFUSED)
        try:
            verified = verify_authentication_response(
                credential=shown.text,
                expected_challenge=shown.challenge,
                expected_rp_id=self._host,
                expected_origin=self._origins,
                credential_public_key=_bytes(key.public_key),
                # A count that does not go up is a copy of the key, unless the key counts nothing.
                credential_current_sign_count=key.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, *_BROKEN):
            raise Refused(Code.PASSKEY_REFUSED) from None
        return verified.new_sign_count


# What the library lets through of an answer that is no answer, besides its own errors.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError)


def _text(found: bytes) -> str:
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
