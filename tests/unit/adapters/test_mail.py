"""Delivering mails: what the senders have in common, a real talk with a mail server, and the words."""

import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.adapters.delivery import DeliveryFailed, may_have_gone
from portal.adapters.mail.local import LocalMail
from portal.adapters.mail.sender import Letter, MailSender
from portal.adapters.mail.smtp import Server, SmtpMail
from portal.adapters.mail.words import Words
from tests.clock import real_now
from tests.mail_server import Mailbox, mail_server

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
LETTER = Letter("wang@acme.example", "确认工作邮箱", "请打开：https://x.test/1\n", "<p>请打开</p>", "zh_Hans_CN")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as box:
        yield box


def smtp(box: Mailbox, security: str = "none", trusting: ssl.SSLContext | None = None, user: str = "") -> SmtpMail:
    server = Server("127.0.0.1", box.port, security, user, "secret" if user else "")
    return SmtpMail(server, "桥园置业 <no-reply@qiaoyuan.example>", lambda: NOW, trusting)


@pytest.fixture(params=["smtp", "local"])
def sender(request: pytest.FixtureRequest, box: Mailbox, tmp_path: Path) -> MailSender:
    return smtp(box) if request.param == "smtp" else LocalMail(tmp_path / "mails")


def test_every_sender_takes_a_mail_and_its_repetition(sender: MailSender, box: Mailbox) -> None:
    for key in ("a", "a", "b"):
        sender.send(LETTER, key=key)
    if isinstance(sender, LocalMail):
        assert [mail.letter for mail in sender.inbox()] == [LETTER] * 2
    else:
        ids = [message_from_bytes(mail)["Message-ID"] for mail in box.mails]
        assert len(ids) == 3
        assert len(set(ids)) == 2, "a repetition is the same message"


def test_what_arrives_is_what_was_written(box: Mailbox) -> None:
    smtp(box).send(LETTER, key="a")
    mail = message_from_bytes(box.mails[0], policy=default)
    assert (mail["To"], mail["Subject"]) == (LETTER.to, LETTER.subject)
    assert box.recipients == [LETTER.to]
    assert mail["From"] == "桥园置业 <no-reply@qiaoyuan.example>"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == LETTER.text


@pytest.mark.parametrize(
    ("verb", "answer", "code", "for_good"),
    [
        ("RCPT", "550 nobody of this name", "smtp_550", True),
        ("RCPT", "450 later", "smtp_450", False),
        ("TAKEN", "554 not wanted", "smtp_554", True),
        ("TAKEN", "451 later", "smtp_451", False),
        ("MAIL", "553 this sender is not yours", "smtp_553", False),
        ("AUTH", "535 who are you", "smtp_535", False),
    ],
)
def test_a_refusal_is_for_good_or_for_now(box: Mailbox, verb: str, answer: str, code: str, for_good: bool) -> None:
    box.answers[verb] = answer
    with pytest.raises(DeliveryFailed) as caught:
        smtp(box, user="portal" if verb == "AUTH" else "").send(LETTER, key="a")
    assert (caught.value.code, caught.value.for_good) == (code, for_good)
    assert "wang" not in str(caught.value)


@pytest.mark.parametrize(
    "to",
    [
        "=?utf-8?q?wang?=@acme.example",
        "=?x?q?a=0abcc=3ax?=@acme.example",
        "wang@acme.example\r\nBcc: lin@acme.example",
        "wang@acme.example, lin@acme.example",
        "wang@acme@example",
        "wang",
        "",
    ],
)
def test_a_mail_goes_to_the_very_address_or_to_nobody(box: Mailbox, to: str) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        smtp(box).send(replace(LETTER, to=to), key="a")
    assert (caught.value.code, caught.value.for_good) == ("unsendable", True)
    assert (box.recipients, box.mails) == ([], [])


def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        smtp(Mailbox(port=9)).send(LETTER, key="a")
    assert (caught.value.code, caught.value.for_good, caught.value.carrier) == ("unreachable", False, True)


def test_a_server_that_hangs_up_after_the_last_word_may_have_the_mail(box: Mailbox) -> None:
    box.answers["TAKEN"] = ""
    with pytest.raises(DeliveryFailed) as caught:
        smtp(box).send(LETTER, key="a")
    assert may_have_gone(caught.value.code)


def test_a_mail_that_was_taken_is_sent_however_the_talk_ends(box: Mailbox) -> None:
    box.answers["QUIT"] = "500 what"
    smtp(box).send(LETTER, key="a")
    assert len(box.mails) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but this test trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    today = real_now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    encoding, bare = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, bare)
    path.write_bytes(private + made.public_bytes(encoding))
    return path


class TestEncrypted:
    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_from_the_start_or_from_starttls_on(self, certificate: Path, security: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        trusting = ssl.create_default_context(cafile=str(certificate))
        with mail_server(Mailbox(context=context, starttls=security == "starttls")) as box:
            smtp(box, security, trusting, user="portal").send(LETTER, key="a")
            with pytest.raises(DeliveryFailed, match="unreachable"):
                smtp(box, security).send(LETTER, key="b")  # a certificate that the machine does not trust
        assert box.encrypted == [True]
        assert len(box.signed_in) == 1

    def test_nothing_goes_out_in_the_open(self, box: Mailbox) -> None:
        """Whoever sits between can take STARTTLS out of the server's offer: then it is given nothing."""
        with pytest.raises(DeliveryFailed) as caught:
            smtp(box, "starttls", user="portal").send(LETTER, key="a")
        assert (caught.value.code, caught.value.for_good) == ("not_supported", False)
        assert (box.mails, box.signed_in) == ([], [])


@pytest.mark.parametrize(("locale", "brand"), [("zh_Hans_CN", "桥园置业"), ("en", "Qiaoyuan")])
def test_a_mail_says_what_it_is_for_and_loads_nothing(locale: str, brand: str) -> None:
    words = Words({"zh_Hans_CN": "桥园置业", "en": "Qiaoyuan"})
    values = {"link": "https://x.test/w/1?a=1&b=2", "company": "远航 <b> & 科技", "development": "云栖里"}
    letter = words.letter("wang@acme.example", "employee_check", values, locale)
    assert "云栖里" in letter.subject
    assert "\n" not in letter.subject
    assert values["link"] in letter.text
    assert "远航 <b> & 科技" in letter.text
    assert brand in letter.text
    assert "远航 &lt;b&gt; &amp; 科技" in letter.html
    assert not [word for word in ("<img", "<link", "<script", "src=", "url(") if word in letter.html]
    assert letter.html.count("http") == 2, "the link, as address and as words"
