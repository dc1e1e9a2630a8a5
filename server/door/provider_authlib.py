"""A provider that speaks OpenID Connect, asked through Authlib: discovery, authorization code with PKCE, ID tokens."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from rooms.contract import Code, Refused
from server.clock import monotonic_ms, wall_ms
from server.door.id_tokens import Claims, Expected, NotBelieved, SigningKey, UnknownKey, believed, keys_of
from server.door.provider import BACK_PATH, Handshake, SignedIn
from server.settings import Settings

log = structlog.get_logger("hearth.door")

# For all that one page asks of the provider together: a browser's page waits for it.
DEADLINE_S = 4.0
# Someone in two hundred groups has a token of 30 KiB.
ANSWER_LIMIT_BYTES = 256 * 1024
# A provider that moves says so a day ahead; a new key is looked for as soon as it is met.
KEPT_MS = 3_600_000
# Tokens with keys that nobody knows must not make us ask without end.
KEYS_AGAIN_MS = 10_000
# A hall that signs in at once waits for its turn within the deadline; strangers can't make us ask without bounds.
AT_ONCE = 32
GROUPS_LIMIT = 1_000
GROUP_LENGTH = 256

T = TypeVar("T")


class _Metadata(msgspec.Struct, frozen=True):
    """What a provider says of itself, as far as we ask."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Something the provider has said, and when."""

    value: Any
    at_ms: int


class AuthlibProvider:
    """The provider of the settings. Nothing that it gives to anybody is kept longer than the question takes."""

    def __init__(self, settings: Settings, *, now_ms: Callable[[], int] = monotonic_ms) -> None:
        """Asks nobody yet. `now_ms` is what decides how long the provider's own description is believed."""
        self._settings = settings
        self._now_ms = now_ms
        self._metadata: _Kept | None = None
        self._keys: _Kept | None = None
        # Of many who sign in at once, one asks what all need.
        self._looking = asyncio.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Reading the authorities that this machine trusts takes a while, so it is done before anybody waits.
        self._tls = ssl.create_default_context()

    async def address(self, handshake: Handshake) -> str:
        """Where to send a browser that wants to sign in."""
        return await self._asked(self._address(handshake))

    async def signed_in(self, code: str, handshake: Handshake) -> SignedIn:
        """Who has signed in there, for the code with which the browser came back."""
        return await self._asked(self._signed_in(code, handshake))

    async def _asked(self, question: Awaitable[T]) -> T:
        """The answer, within the deadline. Whatever else comes is one of three refusals, and a line for operators."""
        try:
            async with asyncio.timeout(DEADLINE_S), self._turns:
                return await question
        except TimeoutError:
            raise _away("it did not answer in time") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _away(type(error).__name__) from None
        except NotBelieved as error:
            raise _wrong(str(error)) from None
        except AuthlibBaseError as error:
            # Its code alone: the description may quote what was sent.
            log.warning("organisation.refused", code=Code.PROVIDER_REFUSED, reason=f"it said {error.error}")
            raise Refused(Code.PROVIDER_REFUSED) from None

    # What is asked ---------------------------------------------------------------------------------------------

    async def _address(self, handshake: Handshake) -> str:
        async with self._client() as client:
            known = await self._described(client)
            address, _ = client.create_authorization_url(
                known.authorization_endpoint,
                state=handshake.state,
                nonce=handshake.nonce,
                code_verifier=handshake.verifier,
                **({"prompt": "login", "max_age": "0"} if handshake.anew else {}),
            )
            return str(address)

    async def _signed_in(self, code: str, handshake: Handshake) -> SignedIn:
        async with self._client() as client:
            known = await self._described(client)
            client.token_endpoint_auth_method = _auth_method(known)
            token = await self._exchanged(client, known, code, verifier=handshake.verifier)
            claims = await self._claims(client, known, _text(token, "id_token"), handshake=handshake)
            if self._settings.oidc_groups_claim not in claims and known.userinfo_endpoint:
                told = await self._userinfo(client, known, _text(token, "access_token"))
                if told.get("sub") != claims["sub"]:
                    raise NotBelieved("the user information is somebody else's")
                claims = {**claims, **told}
        return SignedIn(
            subject=claims["sub"],
            groups=_groups(claims.get(self._settings.oidc_groups_claim)),
            given_name=_given_name(claims.get("given_name")),
        )

    async def _exchanged(
        self, client: AsyncOAuth2Client, known: _Metadata, code: str, *, verifier: str
    ) -> Mapping[str, Any]:
        try:
            token: Mapping[str, Any] = await client.fetch_token(
                known.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except ValueError:
            # No JSON, or JSON of another kind.
            raise NotBelieved("the token endpoint's answer is none") from None
        return token

    async def _claims(self, client: AsyncOAuth2Client, known: _Metadata, token: str, *, handshake: Handshake) -> Claims:
        expected = Expected(
            issuer=known.issuer,
            client_id=self._settings.oidc_client_id,
            nonce=handshake.nonce,
            anew=handshake.anew,
        )
        try:
            return believed(token, await self._published(client, known), expected, now_s=wall_ms() // 1000)
        except UnknownKey:
            keys = await self._published(client, known, older_than_ms=KEYS_AGAIN_MS)
            return believed(token, keys, expected, now_s=wall_ms() // 1000)

    async def _userinfo(self, client: AsyncOAuth2Client, known: _Metadata, access_token: str) -> Mapping[str, Any]:
        shown = {"Authorization": f"Bearer {access_token}"}
        return await self._get(client, known.userinfo_endpoint, dict[str, Any], headers=shown)

    # What the provider says of itself --------------------------------------------------------------------------

    async def _described(self, client: AsyncOAuth2Client) -> _Metadata:
        async with self._looking:
            if self._metadata is None or self._now_ms() - self._metadata.at_ms > KEPT_MS:
                where = f"{self._settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
                self._metadata = _Kept(self._trusted(await self._get(client, where, _Metadata)), self._now_ms())
            found: _Metadata = self._metadata.value
            return found

    def _trusted(self, told: _Metadata) -> _Metadata:
        issuer = self._settings.oidc_issuer
        if told.issuer != issuer:
            raise NotBelieved(f"it calls itself {told.issuer[:GROUP_LENGTH]}, which HEARTH_OIDC_ISSUER is not")
        endpoints = (told.authorization_endpoint, told.token_endpoint, told.jwks_uri, told.userinfo_endpoint)
        for endpoint in filter(None, endpoints):
            parts = urlsplit(endpoint)
            if parts.scheme not in {"https", urlsplit(issuer).scheme} or not parts.hostname:
                raise NotBelieved("it names an address that is not https")
        return told

    async def _published(
        self, client: AsyncOAuth2Client, known: _Metadata, *, older_than_ms: int = KEPT_MS
    ) -> list[SigningKey]:
        async with self._looking:
            if self._keys is None or self._now_ms() - self._keys.at_ms > older_than_ms:
                told = await self._get(client, known.jwks_uri, _KeySet)
                self._keys = _Kept(keys_of(told.keys), self._now_ms())
            found: list[SigningKey] = self._keys.value
            return found

    # How it is asked -------------------------------------------------------------------------------------------

    def _client(self) -> AsyncOAuth2Client:
        """A client for one sign-in, which ends with it: two people's tokens never meet in one place."""
        return AsyncOAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret.get_secret_value(),
            scope=self._settings.oidc_scopes,
            redirect_uri=self._settings.address + BACK_PATH,
            code_challenge_method="S256",
            verify=self._tls,
            timeout=DEADLINE_S,
            follow_redirects=False,
            # What is packed could be a thousand times larger when it is opened.
            headers={"Accept-Encoding": "identity", "Accept": "application/json"},
            event_hooks={"response": [_bounded]},
        )

    async def _get(
        self, client: AsyncOAuth2Client, address: str, kind: type[T], *, headers: Mapping[str, str] | None = None
    ) -> T:
        answer = await client.request("GET", address, withhold_token=True, headers=headers)
        if answer.status_code != httpx2.codes.OK:
            raise _away(f"{urlsplit(address).path} answers {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise NotBelieved(f"{urlsplit(address).path} gives another kind of answer") from None


def _away(why: str) -> Refused:
    log.warning("organisation.refused", code=Code.PROVIDER_AWAY, reason=why)
    return Refused(Code.PROVIDER_AWAY)


def _wrong(why: str) -> Refused:
    log.warning("organisation.refused", code=Code.PROVIDER_WRONG, reason=why)
    return Refused(Code.PROVIDER_WRONG)


def _auth_method(known: _Metadata) -> str:
    return next(
        (
            method
            for method in ("client_secret_basic", "client_secret_post")
            if method in known.token_endpoint_auth_methods_supported
        ),
        "client_secret_basic",
    )


def _text(token: Mapping[str, Any], name: str) -> str:
    value = token.get(name)
    if not isinstance(value, str):
        raise NotBelieved(f"the token endpoint gives no {name}")
    return value


def _groups(told: object) -> frozenset[str]:
    """Groups come as a list, and from some providers as one text. Whatever else comes is none."""
    listed = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    return frozenset(one for one in listed[:GROUPS_LIMIT] if isinstance(one, str) and len(one) <= GROUP_LENGTH)


def _given_name(told: object) -> str:
    return told.strip() if isinstance(told, str) and told.isprintable() else ""


async def _bounded(response: httpx2.Response) -> None:
    """Read no more of an answer than anything honest has."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise NotBelieved("it packs its answers, though it was asked not to")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    """An answer's bytes up to the limit."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > ANSWER_LIMIT_BYTES:
                raise NotBelieved("its answer is far too large")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
