"""What the check of a passkey makes of answers that are none: a refusal, whatever stands in them."""

import json
import random

import pytest

from rooms.contract import Code, Refused
from rooms.ids import PersonId
from server.door.passkeys_webauthn import KnownKey, Webauthn, host_of
from server.settings import Settings
from tests.authenticator import Authenticator, plain, text

SETTINGS = Settings()
HERE = SETTINGS.address
OPTIONS = json.dumps({"challenge": text(b"c" * 72), "user": {"id": text(b"somebody")}})
SEED = 20_260_611
TRIES = 400


def broken(answer: str, part: str, chance: random.Random) -> str:
    """The answer with some bytes of one part changed, taken out or put in."""
    found = json.loads(answer)
    kept = bytearray(plain(found["response"][part]))
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(kept))
        match chance.randrange(3):
            case 0:
                kept[place] = chance.randrange(256)
            case 1:
                del kept[place : place + chance.randint(1, 8)]
            case _:
                kept[place:place] = chance.randbytes(chance.randint(1, 8))
    found["response"][part] = text(bytes(kept))
    return json.dumps(found)


@pytest.mark.parametrize("part", ["attestationObject", "clientDataJSON"])
def test_a_passkey_that_is_broken_anywhere_is_refused_or_another_one(part: str) -> None:
    webauthn, chance = Webauthn(SETTINGS), random.Random(SEED)
    answer = Authenticator(HERE).make(OPTIONS)
    whole = webauthn.added(webauthn.read(answer))
    refused: list[Code] = []
    for _ in range(TRIES):
        try:
            webauthn.added(webauthn.read(broken(answer, part, chance)))
        except Refused as no:
            refused.append(no.code)
    # Nothing is signed when one is made: another key, or another challenge, is one too, and is not this one.
    assert len(refused) > TRIES / 4
    assert set(refused) <= {Code.PASSKEY_REFUSED, Code.WRONG_ORIGIN}
    assert whole.sign_count == 0


@pytest.mark.parametrize("part", ["authenticatorData", "clientDataJSON", "signature"])
def test_an_answer_that_is_broken_anywhere_is_always_refused(part: str) -> None:
    webauthn, chance = Webauthn(SETTINGS), random.Random(SEED)
    device = Authenticator(HERE)
    made = webauthn.added(webauthn.read(device.make(OPTIONS)))
    key = KnownKey("K", PersonId("somebody"), made.public_key, made.sign_count)
    answer = device.sign(OPTIONS)
    assert webauthn.signed(webauthn.read(answer), key) == 0
    for _ in range(TRIES):
        wrong = broken(answer, part, chance)
        if plain(json.loads(wrong)["response"][part]) == plain(json.loads(answer)["response"][part]):
            continue
        with pytest.raises(Refused):
            webauthn.signed(webauthn.read(wrong), key)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("", "localhost"),
        ("https://talk.example.org", "talk.example.org"),
        ("http://127.0.0.1:8000", "localhost"),
        ("http://[::1]:8000", "localhost"),
    ],
)
def test_passkeys_are_made_for_a_name(address: str, host: str) -> None:
    assert host_of(Settings(public_url=address)) == host
