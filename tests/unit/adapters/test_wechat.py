"""WeChat's two calls against a small server that answers as its documentation says; and the stand-in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.adapters.wechat.account import OfficialAccount, WeChatFailed
from portal.adapters.wechat.local import KEPT, Card, LocalWeChat, Signed
from portal.rules.referral.wechat_card import signature

SECRET = "0123456789abcdef-secret"
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


class Service(HTTPServer):
    """WeChat's server: what it is asked, and what it answers."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "/cgi-bin/stable_token": {"access_token": "TOKEN/+=", "expires_in": 7200},
            "/cgi-bin/ticket/getticket": {"errcode": 0, "errmsg": "ok", "ticket": "TICKET", "expires_in": 7200},
        }


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_GET(self) -> None:
        self._answer({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

    def _answer(self, given: dict[str, Any]) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append((path, given))
        said = self.server.answers[path]
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

    def log_message(self, *_words: object) -> None:
        """Tests say what went wrong."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def account(service: Service) -> OfficialAccount:
    return OfficialAccount("wx01", SECRET, f"http://127.0.0.1:{service.server_port}")


def test_a_token_and_with_it_a_ticket(service: Service, account: OfficialAccount) -> None:
    token = account.token()
    ticket = account.ticket(token.text)
    assert (ticket.text, ticket.lasts) == ("TICKET", timedelta(hours=2))
    asked = {"grant_type": "client_credential", "appid": "wx01", "secret": SECRET, "force_refresh": False}
    assert service.asked == [
        ("/cgi-bin/stable_token", asked),
        ("/cgi-bin/ticket/getticket", {"access_token": "TOKEN/+=", "type": "jsapi"}),
    ]


@pytest.mark.parametrize(
    ("answer", "status", "code", "over"),
    [
        ({"errcode": 40164, "errmsg": f"invalid ip {SECRET}"}, 200, "40164", False),
        ({"errcode": 42001, "errmsg": "access_token expired"}, 200, "42001", True),
        ({"errcode": 40001}, 200, "40001", True),
        ({"errcode": -1, "errmsg": "system error"}, 200, "-1", False),
        ({"errcode": 0}, 200, "not_understood", False),
        ({"access_token": "T", "ticket": "T", "expires_in": "soon"}, 200, "not_understood", False),
        ({"access_token": "T", "ticket": "T", "expires_in": 0}, 200, "not_understood", False),
        ([], 200, "not_understood", False),
        (b"<html>", 200, "not_understood", False),
        (b"[" * 5000, 200, "not_understood", False),
        ({}, 502, "http_502", False),
    ],
)
@pytest.mark.parametrize("call", ["token", "ticket"])
def test_what_it_says_where_nothing_is_handed_out(
    service: Service, account: OfficialAccount, call: str, answer: Any, status: int, code: str, over: bool
) -> None:
    service.answers, service.status = dict.fromkeys(service.answers, answer), status
    with pytest.raises(WeChatFailed) as caught:
        account.token() if call == "token" else account.ticket("TOKEN")
    assert (caught.value.code, caught.value.token_is_over) == (code, over)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None, "the address of a call holds the token"


def test_nobody_there() -> None:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_port
    with pytest.raises(WeChatFailed, match="unreachable"):
        OfficialAccount("wx01", SECRET, f"http://127.0.0.1:{port}").token()


def test_it_lasts_no_longer_than_wechat_ever_lets_one_last(service: Service, account: OfficialAccount) -> None:
    service.answers["/cgi-bin/stable_token"] = {"access_token": "T", "expires_in": 10**30}
    assert account.token().lasts == timedelta(hours=2)


class TestTheStandIn:
    def test_checks_a_signature_as_wechat_does(self, tmp_path: Path) -> None:
        stand_in = LocalWeChat(tmp_path / "wechat")
        page = "http://127.0.0.1:8000/r/X?c=qq"
        early = Signed(stand_in.app_id, 1, "n", "s", page)
        assert not stand_in.accepts(early), "nobody has a ticket yet"
        ticket = stand_in.ticket(stand_in.token().text).text
        right = Signed(stand_in.app_id, 1, "n", signature(ticket, "n", 1, page), page)
        assert stand_in.accepts(right)
        wrong = {"app_id": "wx02", "timestamp": 2, "nonce": "m", "signature": "é", "address": page + "&x"}
        for name, value in wrong.items():
            said = {field: getattr(right, field) for field in Signed.__slots__} | {name: value}
            assert not stand_in.accepts(Signed(**said)), name
        with pytest.raises(WeChatFailed):
            stand_in.ticket("another's token")

    def test_keeps_the_newest_cards_one_a_link(self, tmp_path: Path) -> None:
        stand_in = LocalWeChat(tmp_path)
        for number in (*range(KEPT + 5), 7):
            stand_in.keep(Card("friend", f"标题{number}", "", f"http://x/{number}", "", NOW))
        cards = stand_in.cards()
        assert [card.title for card in cards[:2]] == ["标题7", "标题24"]
        assert len(cards) == len({card.link for card in cards}) == KEPT
        assert cards[0].at == NOW
