"""A little mail server on this machine, for tests: it takes mails, or answers as it is told."""

import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import cast


@dataclass
class Mailbox:
    """What came, how the server answers, and where it listens."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    starttls: bool = False
    context: ssl.SSLContext | None = None


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mailbox: Mailbox

    def handle_error(self, *_where: object) -> None:
        """A client that hangs up is what some tests want."""


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.box = cast(_Server, self.server).mailbox
        self.tls = False
        if self.box.context is not None and not self.box.starttls:
            self._encrypt()
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "STARTTLS" and self.box.starttls:
                self._say("220 go on")
                self._encrypt()
            elif verb == "QUIT":
                return self._say(self.box.answers.get("QUIT", "221 bye"))
            else:
                self._answer(verb, line)
        return None

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # not the one that came, once it is encrypted

    def _answer(self, verb: str, line: str) -> None:
        if verb in self.box.answers:
            return self._say(self.box.answers[verb])
        if verb == "EHLO":
            self._say("250-here")
            if self.box.starttls and not self.tls:
                self._say("250-STARTTLS")
            return self._say("250 AUTH PLAIN")
        if verb == "AUTH":
            self.box.signed_in.append(line.split()[-1])
            return self._say("235 welcome")
        if verb == "RCPT":
            self.box.recipients.append(line.partition("<")[2].partition(">")[0])
        if verb == "DATA":
            return self._take()
        return self._say("250 ok")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        if "TAKEN" in self.box.answers:
            said = self.box.answers["TAKEN"]
            return self._say(said) if said else self.connection.shutdown(socket.SHUT_RDWR)
        self.box.mails.append(b"".join(lines))
        self.box.encrypted.append(self.tls)
        return self._say("250 taken")

    def _encrypt(self) -> None:
        assert self.box.context is not None
        self.connection = self.box.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.tls = True

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_server(box: Mailbox) -> Iterator[Mailbox]:
    """Serve on a free port of this machine until the block ends."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.mailbox = box
        box.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
