"""What a provider has signed: whether it is meant for this server and this sign-in, and whether it still holds.

No clock and no waiting in here: the keys and the time are arguments.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

# Signatures with a key pair. A key that both sides know, or no key, would let anybody write a token who has read the
# page where the provider publishes its keys.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
# Clocks of two machines that are set by the network.
LEEWAY_S = 60
# As long as somebody may take there and back.
ANEW_S = 600
# Below this RSA can be broken.
RSA_BITS = 2048
SUBJECT_LIMIT = 255

SigningKey = RSAKey | ECKey
Claims = Mapping[str, Any]


class NotBelieved(Exception):  # noqa: N818 - what the caller says of a token
    """The token can't be believed. What it says in words is for operators, and quotes nothing of the token."""


class UnknownKey(NotBelieved):
    """It is signed by a key that is not among those known: the provider may have a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say: whose it is, for whom, for which sign-in; `anew`: that they were asked who they are."""

    issuer: str
    client_id: str
    nonce: str
    anew: bool = False


def keys_of(published: Collection[object]) -> list[SigningKey]:
    """The keys that can have signed a token, of all that a provider publishes. What is no such key is passed over."""
    found = (_key_of(one) for one in published if isinstance(one, dict))
    return [key for key in found if key is not None]


def _key_of(given: dict[str, Any]) -> SigningKey | None:
    if given.get("use", "sig") != "sig":
        return None
    try:
        match given.get("kty"):
            case "RSA":
                # Six bits a sign.
                return RSAKey.import_key(given) if len(given["n"]) * 6 >= RSA_BITS else None
            case "EC":
                return ECKey.import_key(given)
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def believed(token: str, keys: Sequence[SigningKey], expected: Expected, *, now_s: int) -> Claims:
    """What the token says. Raises `NotBelieved`, and `UnknownKey` when another look at the keys may help."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise NotBelieved("the ID token is none") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise NotBelieved("the ID token is signed in a way that is not taken")
    key = _signer(keys, header.get("kid"))
    try:
        claims: Claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        _registry(expected, now_s).validate(dict(claims))
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(f"the ID token does not hold: {_why(error)}") from None
    _meant_for_us(claims, expected)
    if expected.anew and not _asked_lately(claims.get("auth_time"), now_s):
        raise NotBelieved("they were not asked anew who they are")
    return claims


def _asked_lately(at_s: object, now_s: int) -> bool:
    return isinstance(at_s, int) and at_s >= now_s - ANEW_S - LEEWAY_S


def _signer(keys: Sequence[SigningKey], kid: object) -> SigningKey:
    meant = [key for key in keys if key.kid == kid] if kid is not None else list(keys)
    if len(meant) != 1:
        raise UnknownKey("the ID token is signed by a key that the provider does not publish")
    return meant[0]


def _registry(expected: Expected, now_s: int) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=now_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True},
    )


def _why(error: Exception) -> str:
    """The kind of error and the claim it is about; never a value that the token holds."""
    claim = getattr(error, "claim", "")
    return f"{type(error).__name__} {claim}".strip()


def _meant_for_us(claims: Claims, expected: Expected) -> None:
    nonce, subject, audience = claims["nonce"], claims["sub"], claims["aud"]
    if not isinstance(nonce, str) or not nonce.isascii() or not compare_digest(nonce, expected.nonce):
        raise NotBelieved("the ID token is for another sign-in")
    if not 0 < len(subject) <= SUBJECT_LIMIT or not subject.isprintable():
        raise NotBelieved("the ID token says nobody's name")
    several = isinstance(audience, list) and len(audience) > 1
    party = claims.get("azp", None if several else expected.client_id)
    if party != expected.client_id:
        raise NotBelieved("the ID token was given to somebody else")
