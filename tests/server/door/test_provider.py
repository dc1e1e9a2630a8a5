"""A provider that lies, fails, says nothing or too much: nobody comes in by it, and nothing is made."""

import pytest
import structlog
from joserfc.jwk import ECKey

from server.doctor import examine, look_at_organisation
from server.door import provider_authlib
from tests.server import provider as lying
from tests.server.door.house import House, house_on
from tests.server.door.organised import HOST, WARD, made, me, new_colleague, roles, there_and_back
from tests.server.provider import Provider, new_key

LIES: dict[str, lying.Lie] = {
    "another sign-in's nonce": lambda claims: {**claims, "nonce": "x"},
    "no nonce": lambda claims: {key: claims[key] for key in claims if key != "nonce"},
    "for another server": lambda claims: {**claims, "aud": "somebody-else"},
    "for two and given to nobody": lambda claims: {**claims, "aud": ["hearth", "somebody-else"]},
    "given to another server": lambda claims: {**claims, "azp": "somebody-else"},
    "run out": lambda claims: {**claims, "exp": claims["iat"] - 120},
    "without an end": lambda claims: {key: claims[key] for key in claims if key != "exp"},
    "from the future": lambda claims: {**claims, "iat": claims["iat"] + 600},
    "not to be used yet": lambda claims: {**claims, "nbf": claims["iat"] + 600},
    "another issuer's": lambda claims: {**claims, "iss": "https://elsewhere.example"},
    "about nobody": lambda claims: {**claims, "sub": ""},
    "about a number": lambda claims: {**claims, "sub": 7},
    "two names in one": lambda claims: {**claims, "sub": "a\nb"},
}
SIGNS: dict[str, lying.Sign] = {
    "by nobody": lying.unsigned,
    "with the public key": lying.signed_with_the_public_key,
    "and changed afterwards": lying.changed_afterwards,
    "not at all": lambda _provider, _claims: "no.token.this",
}


async def refused_with_nothing_made(house: House, code: str, what: str = "") -> None:
    before = await made(house)
    browser = house.browser()
    assert await there_and_back(browser) == f"/oidc/refused#{code}", what
    assert await made(house) == before, what
    assert (await me(browser))["person"] is None, what
    assert (await browser.get("/api/vouched")).json()["code"] == "sign_in_again", what


async def test_a_token_that_says_something_wrong_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    for what, provider.lie in LIES.items():
        await refused_with_nothing_made(small, "provider_wrong", what)
    provider.behave()
    assert await there_and_back(small.browser()) == "/oidc/join"


async def test_a_token_that_is_signed_wrongly_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    for what, provider.sign in SIGNS.items():
        await refused_with_nothing_made(small, "provider_wrong", what)
    provider.behave()
    assert await there_and_back(small.browser()) == "/oidc/join"


async def test_a_token_by_a_key_that_is_not_published_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    provider.signs_with = new_key()
    await refused_with_nothing_made(small, "provider_wrong")


async def test_a_new_key_of_the_provider_is_looked_for_when_it_is_met(
    small: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_colleague(small, provider, "Hana", WARD)
    provider.rotate(ECKey.generate_key("P-256", {"kid": "ec"}))
    # A moment after the last look it is not looked for again.
    await refused_with_nothing_made(small, "provider_wrong")
    monkeypatch.setattr(provider_authlib, "KEYS_AGAIN_MS", -1)
    asked = provider.asked.count("/keys")
    assert await there_and_back(small.browser()) == "/c/eyes"
    assert await there_and_back(small.browser()) == "/c/eyes"
    # Known now, it is not asked for again.
    assert provider.asked.count("/keys") == asked + 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1


ANSWERS = {
    "fails": (lying.failing, "provider_away"),
    "is huge": (lying.huge, "provider_wrong"),
    "is packed": (lying.packed, "provider_wrong"),
    "is a page": (lying.no_json, "provider_wrong"),
    "is a list": (lying.a_list, "provider_wrong"),
}


async def test_an_answer_that_is_none_lets_nobody_in(small: House, provider: Provider) -> None:
    provider.knows("Hana", WARD)
    for path in ("/token", "/keys"):
        for what, (answer, code) in ANSWERS.items():
            provider.answers = {path: answer}
            await refused_with_nothing_made(small, code, f"{path} {what}")


@pytest.mark.parametrize(
    ("where", "path"),
    [("start", "/.well-known/openid-configuration"), ("back", "/token")],
)
async def test_a_provider_that_does_not_answer_is_waited_for_no_longer_than_a_page_may_take(
    small: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, where: str, path: str
) -> None:
    monkeypatch.setattr(provider_authlib, "DEADLINE_S", 0.3)
    provider.knows("Hana", WARD)
    provider.slow.add(path)
    browser = small.browser()
    if where == "start":
        assert (await browser.get("/oidc/start")).headers["location"] == "/oidc/refused#provider_away"
        # As soon as it answers again, so do we.
        provider.slow.clear()
        assert await there_and_back(browser) == "/oidc/join"
    else:
        await refused_with_nothing_made(small, "provider_away")


DESCRIPTIONS: dict[str, lying.Lie] = {
    "another's": lambda told: {**told, "issuer": "https://elsewhere.example"},
    "half of one": lambda told: {"issuer": told["issuer"]},
    "of a place that is no web page": lambda told: {**told, "token_endpoint": "file:///etc/passwd"},
}


async def test_a_description_that_is_not_the_provider_s_own_is_not_followed(small: House, provider: Provider) -> None:
    for what, provider.describes in DESCRIPTIONS.items():
        answer = await small.browser().get("/oidc/start")
        assert answer.headers["location"] == "/oidc/refused#provider_wrong", what


async def test_the_doctor_says_whether_people_can_come_in_by_it(sqlite_url: str, provider: Provider) -> None:
    async with house_on(sqlite_url, **provider.settings()) as house:
        settings, database = house.hearth.settings, house.hearth.database

        async def says() -> tuple[bool, str]:
            check = await look_at_organisation(settings, database)
            assert check.ok or check.do
            return check.ok, check.says

        assert await says() == (False, "It is not known to which community its people come in.")
        await house.keeper()
        assert await says() == (True, "Its provider answers, and signs people in to eyes.")
        assert "organisation" in {check.name for check in await examine(settings, database, deep=True)}
        provider.describes = lambda told: {**told, "issuer": "https://elsewhere.example"}
        assert await says() == (False, "Its provider does not describe itself as it should.")
        provider.answers["/.well-known/openid-configuration"] = lying.failing
        assert await says() == (False, "Its provider does not answer.")


async def test_what_somebody_is_called_there_is_only_a_beginning(small: House, provider: Provider) -> None:
    for called in ("\ud800", "a\nb", "x" * 41, 7, None, ""):
        browser = small.browser()
        provider.knows("Hana", WARD)
        provider.lie = lambda claims, called=called: {**claims, "given_name": called}  # type: ignore[misc]
        assert await there_and_back(browser) == "/oidc/join"
        assert (await browser.get("/api/vouched")).json()["name"] == "", called


async def test_groups_may_come_by_the_user_information_if_it_is_theirs(small: House, provider: Provider) -> None:
    provider.groups_in_userinfo = True
    hana = await new_colleague(small, provider, "Hana", HOST)
    assert await roles(hana) == ["host", "member"]
    provider.userinfo_of = "staff-ruth"
    await refused_with_nothing_made(small, "provider_wrong")


async def test_a_wrong_client_secret_is_said_to_the_operator(sqlite_url: str, provider: Provider) -> None:
    async with house_on(sqlite_url, **provider.settings(oidc_client_secret="another")) as house:
        provider.knows("Hana", WARD)
        with structlog.testing.capture_logs() as logs:
            assert await there_and_back(house.browser()) == "/oidc/refused#provider_refused"
    assert [one["reason"] for one in logs if one["event"] == "organisation.refused"] == ["it said invalid_client"]
