"""What a provider has signed, without the provider: which keys count, and which key a token is by."""

import base64
import json

import pytest
from joserfc import jws, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from server.door.id_tokens import Expected, NotBelieved, UnknownKey, believed, keys_of

EXPECTED = Expected(issuer="https://login.example", client_id="hearth", nonce="n")
NOW_S = 1_800_000_000
CLAIMS = {
    "iss": "https://login.example",
    "aud": ["hearth"],
    "sub": "7",
    "nonce": "n",
    "iat": NOW_S - 10,
    "exp": NOW_S + 10,
    "azp": "hearth",
}
ONE, TWO = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("one", "two"))


def token(key: ECKey | RSAKey, **header: str) -> str:
    algorithm = header.pop("alg", "ES256")
    return jwt.encode({"alg": algorithm, **header}, CLAIMS, key, algorithms=[algorithm])


def public(*keys: ECKey | RSAKey | OctKey, **more: str) -> list[object]:
    return [{**key.as_dict(private=isinstance(key, OctKey)), **more} for key in keys]


def test_only_keys_that_sign_count_and_the_rest_is_passed_over() -> None:
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
    others: list[object] = [
        *public(OctKey.generate_key(256, {"kid": "shared"}), weak),
        *public(TWO, use="enc"),
        {"kty": "EC", "kid": "broken", "crv": "P-256"},
        {"kty": "AKP", "kid": "newer than us"},
        "no key",
    ]
    assert [key.kid for key in keys_of([*others, *public(ONE)])] == ["one"]


def test_a_token_is_believed_by_the_key_it_names_or_by_the_only_one() -> None:
    both = keys_of(public(ONE, TWO))
    assert believed(token(TWO, kid="two"), both, EXPECTED, now_s=NOW_S)["sub"] == "7"
    assert believed(token(ONE), both[:1], EXPECTED, now_s=NOW_S)["sub"] == "7"


def test_a_key_that_is_not_known_is_told_from_a_token_that_is_wrong() -> None:
    both = keys_of(public(ONE, TWO))
    for unknown in (token(ONE), token(ONE, kid="three")):
        with pytest.raises(UnknownKey):
            believed(unknown, both, EXPECTED, now_s=NOW_S)
    with pytest.raises(NotBelieved, match="BadSignature") as wrong:
        believed(token(ONE, kid="two"), both, EXPECTED, now_s=NOW_S)
    assert not isinstance(wrong.value, UnknownKey)


def written(header: object, payload: object) -> str:
    parts = (json.dumps(part).encode() for part in (header, payload))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2lnbmVk"])


HEADERS: tuple[object, ...] = ([], 1, None, "RS256", {}, {"alg": ["ES256"]}, {"alg": None})


@pytest.mark.parametrize(
    "strange",
    [
        *("", ".", "..", "...", "a.b.c", "é.é.é", "\ud800.x.y", "a" * 100_000),
        *(written(header, CLAIMS) for header in HEADERS),
        written({"alg": "ES256", "kid": ["one"]}, CLAIMS),
        written({"alg": "ES256", "kid": {}}, CLAIMS),
        written({"alg": "ES256", "kid": "one", "crit": ["exp"]}, CLAIMS),
        written({"alg": "ES256", "kid": "one", "b64": False}, CLAIMS),
        written({"alg": "ES256", "kid": "one"}, []),
    ],
)
def test_what_is_no_token_at_all_is_not_believed(strange: str) -> None:
    with pytest.raises(NotBelieved):
        believed(strange, keys_of(public(ONE)), EXPECTED, now_s=NOW_S)


@pytest.mark.parametrize(
    "claims", [{"aud": 7}, {"aud": [7]}, {"azp": ["hearth"]}, {"nonce": 7}, {"nonce": "\ud800"}, {"exp": "never"}]
)
def test_claims_of_another_kind_are_not_believed(claims: dict[str, object]) -> None:
    signed = jws.serialize_compact({"alg": "ES256"}, json.dumps({**CLAIMS, **claims}), ONE, algorithms=["ES256"])
    with pytest.raises(NotBelieved):
        believed(signed, keys_of(public(ONE)), EXPECTED, now_s=NOW_S)


def test_clocks_may_differ_by_a_minute_and_no_more() -> None:
    keys = keys_of(public(ONE))
    assert believed(token(ONE), keys, EXPECTED, now_s=NOW_S + 60)
    assert believed(token(ONE), keys, EXPECTED, now_s=NOW_S - 60)
    for late in (NOW_S + 80, NOW_S - 80):
        with pytest.raises(NotBelieved):
            believed(token(ONE), keys, EXPECTED, now_s=late)


def test_a_key_of_one_kind_does_not_check_what_another_kind_signs() -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "one"})
    with pytest.raises(NotBelieved):
        believed(token(rsa, alg="RS256", kid="one"), keys_of(public(ONE)), EXPECTED, now_s=NOW_S)
