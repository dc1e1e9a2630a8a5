"""An organisation's own sign-in, as the door asks for it."""

from dataclasses import dataclass
from typing import Protocol

# Where a provider sends browsers back to; it must have been told so beforehand.
BACK_PATH = "/oidc/back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """What ties one sign-in to the browser that began it. `verifier` is shown to the provider alone, at the end.

    `anew`: on a shared device the provider is to ask who it is, also when it still knows somebody there.
    """

    state: str
    nonce: str
    verifier: str
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Whom the provider has signed in: its own name for them, their groups, and what they are called, if it says so."""

    subject: str
    groups: frozenset[str]
    given_name: str


class Provider(Protocol):
    """Signs the organisation's people in.

    Each question is answered or refused within four seconds: `provider_away` when the provider does not answer or has
    trouble, `provider_refused` when it says no, `provider_wrong` when what it says can't be believed.
    """

    async def address(self, handshake: Handshake) -> str:
        """Where to send a browser that wants to sign in."""
        ...

    async def signed_in(self, code: str, handshake: Handshake) -> SignedIn:
        """Who has signed in there, for the code with which the browser came back."""
        ...
