"""As much of a Redis as rate limits need: it counts, forgets nothing, and can say that it is full."""

from collections import Counter
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import BinaryIO


class RedisServer(ThreadingTCPServer):
    """Serves on a free `port` of this machine until it is shut down."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Commands)
        self.port: int = self.server_address[1]
        self.counts: Counter[bytes] = Counter()
        self.full = Event()
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


class _Commands(StreamRequestHandler):
    server: RedisServer

    def handle(self) -> None:
        while words := _words(self.rfile):
            self.wfile.write(self._answer(words[0].upper(), words[1:]))

    def _answer(self, command: bytes, words: list[bytes]) -> bytes:
        counts = self.server.counts
        if command == b"HELLO":
            return b"%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:3\r\n"
        if command == b"EVALSHA":  # the one script that is used: count a key, which stands behind their number
            if self.server.full.is_set():
                return b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"
            key, amount = words[2], int(words[-1])
            counts[key] += amount
            return b":%d\r\n" % counts[key]
        if command == b"GET":
            count = b"%d" % counts[words[0]]
            return b"$%d\r\n%s\r\n" % (len(count), count) if words[0] in counts else b"$-1\r\n"
        if command == b"TTL":
            return b":60\r\n"
        return b"+OK\r\n"


def _words(stream: BinaryIO) -> list[bytes]:
    head = stream.readline()
    if not head.startswith(b"*"):
        return []
    words = []
    for _ in range(int(head[1:])):
        length = int(stream.readline()[1:])
        words.append(stream.read(length + 2)[:-2])
    return words
