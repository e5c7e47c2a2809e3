"""A neighbour that can be made to fail: what stands between us and a server, and refuses, falls silent, or hangs up."""

import socket
from contextlib import suppress
from select import select
from threading import Event, Thread
from types import TracebackType
from typing import Self


class Relay:
    """Passes on what comes to `port`, to a Unix socket or an address of this machine.

    `silent`: connections are taken and nothing is passed on, as by a machine that is frozen. `refuse()` and `accept()`:
    nobody listens, and somebody listens again.
    """

    def __init__(self, behind: str | int) -> None:
        self._behind = behind
        self._open: list[socket.socket] = []
        self._stopped = False
        self.silent = Event()
        self.accept(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        self.refuse()

    def accept(self, port: int | None = None) -> None:
        """Listen, at the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port if port is None else port))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._take, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Nobody listens any more, and everybody is hung up on."""
        self._listener.close()
        with suppress(OSError):  # wakes who waits in accept()
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        while self._open:
            self._end(self._open.pop())

    def _take(self, listener: socket.socket) -> None:
        while not self._stopped:
            try:
                front, _ = listener.accept()
            except OSError:
                return
            self._open.append(front)
            Thread(target=self._pass_on, args=(front,), daemon=True).start()

    def _pass_on(self, front: socket.socket) -> None:
        back = None
        with suppress(OSError, ValueError):
            while not self._stopped:
                if self.silent.is_set():
                    self.silent_for_a_moment()
                    continue
                back = back or self._connected()
                for sender in select([front, back], [], [], 0.05)[0]:
                    if self.silent.is_set():
                        break
                    piece = sender.recv(65536)
                    if not piece:
                        raise OSError("hung up")
                    (back if sender is front else front).sendall(piece)
        self._end(front)
        if back is not None:
            self._end(back)

    def silent_for_a_moment(self) -> None:
        """Wait without a busy loop."""
        Event().wait(0.02)

    def _connected(self) -> socket.socket:
        if isinstance(self._behind, int):
            return socket.create_connection(("127.0.0.1", self._behind))
        back = socket.socket(socket.AF_UNIX)
        back.connect(self._behind)
        self._open.append(back)
        return back

    @staticmethod
    def _end(one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
