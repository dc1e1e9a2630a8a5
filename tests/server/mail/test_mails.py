"""The port for mails: the same is asked of the one that sends and of the one that only keeps."""

from collections.abc import Callable, Iterator

import pytest

from community.ports import Mail, MailLater, MailRefused, Mails, MailUnsure
from server.mail import mail_smtp
from server.mail.mail_kept import KeptMails
from server.mail.mail_smtp import SmtpMails
from tests.smtp import Sink, sink

FROM = "hearth@example.org"
MAIL = Mail(
    id="01jd3v",
    to="ada@example.org",
    subject="Czy to Twój adres?",
    text="Zażółć gęślą jaźń.\n.\nThe line above is one dot.\n",
    stop_link="https://talk.example.org/stop/abc",
)


@pytest.fixture
def server() -> Iterator[Sink]:
    with sink() as kept:
        yield kept


@pytest.fixture(params=["smtp", "kept"])
def adapter(request: pytest.FixtureRequest, server: Sink) -> tuple[Mails, Callable[[], list[tuple[str, str, str]]]]:
    """The adapter, and what it has sent: to whom, under which subject, which text."""
    if request.param == "kept":
        kept = KeptMails()
        return kept, lambda: [(one.to, one.subject, one.text) for one in kept.sent]
    return SmtpMails(server.url, FROM), lambda: [
        (to, read["Subject"], read.get_content().replace("\r\n", "\n")) for to, read in server.taken
    ]


async def test_a_mail_arrives_as_it_was_written(
    adapter: tuple[Mails, Callable[[], list[tuple[str, str, str]]]],
) -> None:
    mails, sent = adapter
    await mails.send(MAIL)
    await mails.send(Mail(id="2", to="ben@example.org", subject="Second", text="Two.\n"))
    assert sent() == [(MAIL.to, MAIL.subject, MAIL.text), ("ben@example.org", "Second", "Two.\n")]


async def test_one_press_in_a_mail_program_stops_it(server: Sink) -> None:
    await SmtpMails(server.url, FROM).send(MAIL)
    [(_, read)] = server.taken
    assert read["List-Unsubscribe"] == "<https://talk.example.org/stop/abc>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (read["From"], read["To"], read["Message-ID"]) == (FROM, MAIL.to, "<01jd3v@example.org>")


async def test_the_same_mail_tried_again_has_the_same_number(server: Sink) -> None:
    mails = SmtpMails(server.url, FROM)
    for _ in range(2):
        await mails.send(MAIL)
    assert len({read["Message-ID"] for _, read in server.taken}) == 1
    assert all(read["Date"] for _, read in server.taken)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("452 full", MailLater),
        ("450 busy", MailLater),
        ("550 nobody", MailRefused),
        ("552 full for good", MailRefused),
        # Its own rules are against us: a fault of our settings, and of no address.
        ("554 5.7.1 Relay access denied", MailLater),
    ],
)
async def test_what_a_mail_server_says_of_an_address_is_understood(
    server: Sink, said: str, error: type[Exception]
) -> None:
    server.to_say[MAIL.to] = said
    with pytest.raises(error) as raised:
        await SmtpMails(server.url, FROM).send(MAIL)
    assert raised.value.said == int(said[:3])  # type: ignore[attr-defined]  # each of the two has it
    server.to_say.clear()
    server.at_the_end = said
    with pytest.raises(error):
        await SmtpMails(server.url, FROM).send(MAIL)
    assert server.taken == []


async def test_a_server_that_is_not_there_is_tried_later(server: Sink) -> None:
    with pytest.raises(MailLater):
        await SmtpMails("smtp://127.0.0.1:1", FROM).send(MAIL)


async def test_when_the_answer_is_lost_nobody_knows(server: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_smtp, "HANDING_S", 0.2)
    server.holds = True
    with pytest.raises(MailUnsure):
        await SmtpMails(server.url, FROM).send(MAIL)


async def test_a_header_takes_no_second_line() -> None:
    for bad in (
        Mail(id="1", to="ada@example.org\r\nBcc: eve@example.org", subject="Hello", text=""),
        Mail(id="1", to="ada@example.org", subject="Hello\nBcc: eve@example.org", text=""),
    ):
        with pytest.raises(ValueError, match=r"linefeed|newline|header"):
            SmtpMails("smtp://127.0.0.1:1", FROM).written(bad)
