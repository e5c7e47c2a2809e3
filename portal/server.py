"""gunicorn's threaded worker, with one thing more: a thread gets a request when all of it is there.

gunicorn hands a connection to a thread with its first byte, and the thread then waits for the rest, however slowly it
comes: eight half-sent requests held all the threads of a server. Here the main loop, which waits for all connections
together, reads requests too; who sends slowly costs a few kilobytes and no thread, and is shown out in the end. A proxy
that buffers does the same and more (docs/operations.md); this is for the day on which there is none.
"""

import gc
import re
import select
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from socket import socket
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import Any

from gunicorn import http, util
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from .loading import uncollected
from .logs import WithoutAddresses

HEAD_SECONDS = 20
"""For everything before the body: a browser sends it at once."""
IDLE_SECONDS = 20
"""Between two pieces of a body."""
WHOLE_SECONDS = 300
"""For all of it: twelve megabytes on a bad network."""
THREAD_SECONDS = 5
"""For what a thread still wants, where gunicorn reads a request otherwise than it was read here."""
MOST_WAITING = 300
"""Connections whose requests are not whole; when another one comes, the one that waits longest goes."""
MOST_HELD = 256 * 1024 * 1024
"""Bytes of requests that are not whole; who sends more is told to come again. Small requests always have room."""
YOUNG = 10_000
"""So many objects more than have gone, and the young ones are looked through: a page of a long list makes as many."""

_LONGEST_HEAD = 64 * 1024
_IN_MEMORY = 256 * 1024
_AT_ONCE = 1024 * 1024
_LINGER_SECONDS = 2
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_ALIVE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
_ALIVE += b'Content-Length: 16\r\n\r\n{"status":"ok"}\n'
_NO = "HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: 0\r\n{}\r\n"
_TOO_SLOW = _NO.format("408 Request Timeout", "").encode()
_TOO_LONG = _NO.format("431 Request Header Fields Too Large", "").encode()
_NO_LENGTH = _NO.format("411 Length Required", "").encode()
_TOO_MUCH = _NO.format("503 Service Unavailable", "Retry-After: 5\r\n").encode()


class Incoming:
    """A request on its way in. `whole`: all of it is here, or all that is waited for."""

    def __init__(self, most_body: int) -> None:
        now = monotonic()
        self.whole = self.expects = self.asks_whether_alive = False
        self.refused = b""
        self.size = 0
        self.heard_at = now
        self._ends_by = now + WHOLE_SECONDS
        self._head_by = now + HEAD_SECONDS
        self._most_body = most_body
        self._head: bytearray | None = bytearray()
        self._wanted = 0
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it outlives this function

    def add(self, piece: bytes | memoryview) -> None:
        """Take in what came."""
        self._file.write(piece)
        self.size += len(piece)
        self.heard_at = monotonic()
        if self._head is not None:
            self._head += piece
            self._look_at(self._head)
        self.whole = self._head is None and self.size >= self._wanted

    def over(self, now: float) -> bool:
        """Whether it has taken too long."""
        by = self._head_by if self._head is not None else self.heard_at + IDLE_SECONDS
        return now > min(by, self._ends_by)

    def end_within(self, seconds: float) -> None:
        """Wait no longer than that."""
        self._ends_by = min(self._ends_by, monotonic() + seconds)

    def forget(self) -> None:
        """Let go of what was held."""
        self._file.close()

    def replayed(self, sock: socket) -> "Replay":
        """What a parser reads it from, and then the connection."""
        self._file.seek(0)
        return Replay(sock, self._file)

    def _look_at(self, head: bytearray) -> None:
        end = head.find(b"\r\n\r\n")
        if end < 0:
            self.refused = _TOO_LONG if len(head) > _LONGEST_HEAD else b""
            return
        self._head, lines = None, bytes(head[: end + 2])
        self.asks_whether_alive = lines.startswith((b"GET /healthz ", b"HEAD /healthz "))
        self.refused = _NO_LENGTH if _CHUNKED.search(lines) else b""
        self.expects = bool(_EXPECTS.search(lines))
        length = _LENGTH.search(lines)
        body = int(length[1]) if length else 0
        self._wanted = end + 4 + body if body <= self._most_body else 0  # a larger one is refused unread


class Replay(SocketUnreader):
    """A request that was read already."""

    def __init__(self, sock: socket, file: SpooledTemporaryFile[bytes]) -> None:
        super().__init__(sock)
        self._file: SpooledTemporaryFile[bytes] | None = file

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece."""
        if self._file is not None:
            piece = self._file.read(min(max(size_hint or 0, self.mxchunk), self.max_body_chunk))
            if piece:
                return piece
            self._file.close()
            self._file = None
        waiting = select.poll()
        waiting.register(self.sock, select.POLLIN)
        if not waiting.poll(1000 * THREAD_SECONDS):
            return b""
        rest: bytes = super().chunk(size_hint)
        return rest

    def keep_rest(self) -> None:
        """What came behind the request is the next one: put it where gunicorn looks for that."""
        if self._file is not None:
            self.buf.write(self._file.read())
            self._file.close()
            self._file = None


class WholeRequestWorker(ThreadWorker):
    """See above. Everything else is gunicorn's."""

    def init_process(self) -> None:
        """Begin with nothing on its way."""
        self._incoming: dict[TConn, Incoming] = {}
        self._at_work = 0
        self._piece = memoryview(bytearray(_AT_ONCE))
        super().init_process()

    def load_wsgi(self) -> None:
        """What stands once the portal is loaded stays to the end: nobody looks through it for garbage again, which took
        now and then a request a quarter of a second (ADR 113), and while it loads a third of a start (ADR 118). What is
        young is looked through less often."""
        with uncollected():
            super().load_wsgi()
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG)

    def enqueue_req(self, conn: TConn) -> None:
        """A connection has something to say, or may have: listen until it has said all of it."""
        if self.cfg.is_ssl:
            self._at_work += 1
            super().enqueue_req(conn)
            return
        incoming = self._incoming[conn] = Incoming(self.wsgi.config.get("MAX_CONTENT_LENGTH") or 0)
        if conn.parser is not None and (read_ahead := conn.parser.unreader.take_buffered()):
            incoming.add(read_ahead)
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, EVENT_READ, partial(self._listen, conn))
        if len(self._incoming) > MOST_WAITING:
            self._end(next(iter(self._incoming)), _TOO_SLOW)
        if conn in self._incoming:
            self._listen(conn)

    def finish_request(self, conn: TConn, fs: Future[object]) -> None:
        """A request was answered."""
        self._at_work -= 1
        if conn.parser is not None and isinstance(conn.parser.unreader, Replay):
            conn.parser.unreader.keep_rest()
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Who ends takes in who has been let in already, and then closes the door: the next one is refused at once,
        so that a proxy asks another server, instead of being let in by nobody and hung up on in the end."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        open_still, self.sockets = self.sockets, []
        for listener in open_still:
            listener.setblocking(False)
            before = -1
            while before != self.nr_conns:
                before = self.nr_conns
                self.accept(listener)
            listener.close()

    def murder_pending(self) -> None:
        """Show those out who take too long; gunicorn asks at least once a second."""
        super().murder_pending()
        now = monotonic()
        for conn, incoming in list(self._incoming.items()):
            if not self.alive:
                incoming.end_within(_LINGER_SECONDS)
            if incoming.over(now):
                self._end(conn, _TOO_SLOW if incoming.size else b"")

    def _listen(self, conn: TConn, _sock: socket | None = None) -> None:
        incoming = self._incoming[conn]
        try:
            while not incoming.whole:
                many = conn.sock.recv_into(self._piece)
                if not many:
                    self._end(conn)
                    return
                incoming.add(self._piece[:many])
                if incoming.size > _LONGEST_HEAD and self._held() > MOST_HELD:
                    self._end(conn, _TOO_MUCH)
                    return
                if incoming.refused:
                    self._end(conn, incoming.refused)
                    return
                if incoming.expects:
                    incoming.expects = False
                    conn.sock.send(_CONTINUE)
        except BlockingIOError:
            return
        except OSError:
            self._end(conn)
            return
        self._hand_over(conn)

    def _hand_over(self, conn: TConn) -> None:
        if self._incoming[conn].asks_whether_alive and self._at_work >= self.cfg.threads:
            self._end(conn, _ALIVE)  # every thread waits for something: that is no reason to be taken for dead
            return
        incoming = self._incoming.pop(conn)
        self.poller.unregister(conn.sock)
        if conn.parser is None:
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader = incoming.replayed(conn.sock)
        conn.initialized = True
        conn.sock.setblocking(True)
        self._at_work += 1
        super().enqueue_req(conn)

    def _end(self, conn: TConn, said: bytes = b"") -> None:
        self._incoming.pop(conn).forget()
        self.poller.unregister(conn.sock)
        try:
            conn.sock.send(said)
        except OSError:
            said = b""  # who does not listen is not told
        self.nr_conns -= 1
        util.close(conn.sock)

    def _held(self) -> int:
        return sum(one.size for one in self._incoming.values())


class NamelessResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """An answer that does not say which server gave it."""

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = NamelessResponse


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's own errors, as JSON lines like all others, and without anybody's address."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(WithoutAddresses())
