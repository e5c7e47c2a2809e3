"""What brings webhooks, against a real receiver: what it sends, what it reads, and where it does not go."""

import ssl
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from portal.adapters.webhooks.courier import MOST_BYTES, Answer, Courier
from tests.certificates import certificate
from tests.receiver import Receiver, receiving, reply, unused_port

PUBLIC = "93.184.216.34"


def post(url: str, **given: object) -> Answer:
    courier = Courier(loopback=True, **given)  # type: ignore[arg-type]
    with courier.to(url) as line:
        return line.post({"webhook-id": "evt_1"}, '{"id":"evt_1"}')


def names(**found: Sequence[str]):  # type: ignore[no-untyped-def]
    """A resolver that knows these names, one answer after another; the last one stays."""
    left = {name.replace("_", "."): list(answers) for name, answers in found.items()}

    def resolve(host: str, port: int) -> Sequence[str]:
        if host not in left:
            raise OSError(host)
        answers = left[host]
        return (answers.pop(0) if len(answers) > 1 else answers[0]).split()

    return resolve


def test_a_request_is_a_post_of_json_and_its_answer_is_kept() -> None:
    with receiving(answer=lambda handler: reply(handler, 201, "好".encode(), retry_after="7")) as receiver:
        answer = post(f"{receiver.url}?a=1")
        (came,) = receiver.requests
    assert (came.path, came.body, came.id) == ("/hook?a=1", '{"id":"evt_1"}', "evt_1")
    assert came.headers["content-type"] == "application/json; charset=utf-8"
    assert came.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (answer.status, answer.body.decode(), answer.cut, answer.failure) == (201, "好", False, None)
    assert answer.asked is not None
    assert (answer.asked.total_seconds(), answer.address) == (7, "127.0.0.1")


def test_several_requests_go_over_one_connection() -> None:
    with receiving() as receiver, Courier(loopback=True).to(receiver.url) as line:
        for _ in range(3):
            assert line.post({}, "{}").status == 200
        assert len({one.connection for one in receiver.requests}) == 1


def test_a_redirect_is_an_answer_and_nobody_goes_there() -> None:
    with receiving() as other, receiving(answer=lambda handler: reply(handler, 307, location=other.url)) as receiver:
        assert post(receiver.url).status == 307
        assert not other.requests


def _huge(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"x" * (MOST_BYTES * 20))


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    while True:  # until the other side hangs up
        handler.wfile.write(b"2000\r\n" + b"y" * 0x2000 + b"\r\n")


@pytest.mark.parametrize("answer", [_huge, _endless])
def test_of_a_huge_answer_the_beginning_is_read_and_no_more(answer) -> None:  # type: ignore[no-untyped-def]
    with receiving(answer=answer) as receiver:
        found = post(receiver.url)
    assert (found.status, len(found.body), found.cut) == (200, MOST_BYTES, True)


def _silent(handler: BaseHTTPRequestHandler) -> None:
    _until_over(handler)


def _trickling(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    _until_over(handler, b"z")


def _many_headers(handler: BaseHTTPRequestHandler) -> None:
    _until_over(handler, b"HTTP/1.1 103 Early Hints\r\n\r\n")


def _until_over(handler: BaseHTTPRequestHandler, drop: bytes = b"") -> None:
    receiver: Receiver = handler.server.receiver  # type: ignore[attr-defined]
    while not receiver.over.wait(0.02):
        handler.wfile.write(drop)


@pytest.mark.parametrize("answer", [_silent, _trickling, _many_headers])
def test_nobody_is_waited_for_beyond_the_time(answer) -> None:  # type: ignore[no-untyped-def]
    with receiving(answer=answer) as receiver:
        found = post(receiver.url, seconds=0.3)
    assert (found.status, found.failure) == (None, "too_slow")


def _gibberish(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SMTP ready\r\n\r\n")
    handler.close_connection = True


def _hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


@pytest.mark.parametrize(("answer", "failure"), [(_gibberish, "answer_odd"), (_hangs_up, "answer_odd")])
def test_what_is_no_answer_says_so(answer, failure: str) -> None:  # type: ignore[no-untyped-def]
    with receiving(answer=answer) as receiver:
        assert post(receiver.url).failure == failure


def test_where_nobody_listens_is_unreachable() -> None:
    assert post(f"http://127.0.0.1:{unused_port()}/").failure == "unreachable"


@pytest.mark.parametrize(
    ("found", "failure"),
    [
        ("10.0.0.5", "address_refused"),
        ("169.254.169.254", "address_refused"),
        ("::ffff:127.0.0.1", "address_refused"),
        ("64:ff9b::7f00:1", "address_refused"),
        ("fe80::1%eth0", "address_refused"),
        (f"{PUBLIC} 192.168.0.1", "address_refused"),
    ],
)
def test_a_name_that_leads_inside_is_not_asked(found: str, failure: str) -> None:
    resolve = names(hooks_example=[found])
    assert post("https://hooks.example/", resolve=resolve).failure == failure
    assert post("https://unknown.example/", resolve=resolve).failure == "name_unknown"


def test_without_the_setting_this_machine_is_not_asked_by_whatever_name() -> None:
    courier = Courier(loopback=False, resolve=names(hooks_example=["127.0.0.1"]))
    for url, failure in (
        ("https://hooks.example/", "address_refused"),
        ("https://127.0.0.1/", "webhook_address_private"),
        ("http://hooks.example/", "webhook_address_tls"),
    ):
        with courier.to(url) as line:
            assert line.post({}, "{}").failure == failure


def test_a_name_is_looked_at_and_asked_in_one_step(tmp_path: Path) -> None:
    """DNS rebinding: the look says what is public, the next answer is this machine; nobody asks for a next answer."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    server, client = certificate(tmp_path, "hooks.example")
    with receiving(server) as receiver:
        url = f"https://hooks.example:{receiver.port}/hook"
        with Courier(loopback=True, resolve=rebinding, trust=client).to(url) as line:
            assert line.post({}, "{}").status == 200
            assert line.post({}, "{}").status == 200
    assert asked == ["hooks.example"]
    assert receiver.requests[0].headers["host"] == f"hooks.example:{receiver.port}"


def test_tls_is_verified_for_the_name_though_the_address_is_pinned(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "other.example")
    resolve = names(hooks_example=["127.0.0.1"], other_example=["127.0.0.1"])
    with receiving(server) as receiver:
        given = {"resolve": resolve, "trust": client}
        assert post(f"https://hooks.example:{receiver.port}/", **given).failure == "tls"
        assert post(f"https://other.example:{receiver.port}/", **given).status == 200
        untrusting = ssl.create_default_context()
        assert post(f"https://other.example:{receiver.port}/", resolve=resolve, trust=untrusting).failure == "tls"
    assert len(receiver.requests) == 1


def test_a_resolver_that_hangs_is_left_behind() -> None:
    with receiving() as receiver:

        def hangs(host: str, port: int) -> Sequence[str]:
            receiver.over.wait(60)
            return []

        began = time.monotonic()
        assert post("https://hooks.example/", resolve=hangs, seconds=0.2).failure == "name_slow"
        assert time.monotonic() - began < 30
