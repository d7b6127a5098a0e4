"""HTTP/1.1 as the stand-in hub speaks it: one thread a connection, bodies by sendfile.

A handler takes a `Request` and returns a `Response`; what faults do to a response is in its `Delivery`.
"""

import os
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

MAX_HEADER = 1 << 16
CHUNK = 1 << 16


@dataclass
class Request:
    listener: str  # which address was asked: "hub", "cdn" or "other"
    origin: str  # http://host:port of that address
    method: str
    target: str
    headers: dict  # names in lower case
    body: bytes = b""

    def __post_init__(self):
        parts = urlsplit(self.target)
        self.raw_path = parts.path
        self.path = unquote(parts.path)
        self.query = parse_qs(parts.query, keep_blank_values=True)

    def first(self, name, default=None):
        return self.query.get(name, [default])[0]

    def flag(self, name):
        return str(self.first(name, "")).lower() in ("1", "true")


@dataclass
class FilePart:
    """Bytes of a file on disk."""

    path: str
    offset: int
    length: int


@dataclass
class Delivery:
    """How the body travels; only faults change it."""

    cut: int | None = None  # close after so many bytes of the body
    reset: bool = False  # the cut is a reset, not an end
    stall_after: int | None = None
    stall_seconds: float = 0.0
    drip_bytes: int = 0  # so many bytes at a time ...
    drip_seconds: float = 0.0  # ... with so long between
    corrupt: int | None = None  # flip the byte at this place of the body
    endless: bool = False  # repeat the body for ever

    def plain(self):
        return self == Delivery()


@dataclass
class Response:
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes | FilePart = b""
    delivery: Delivery = field(default_factory=Delivery)
    raw: bytes | None = None  # sent instead of everything, then the connection closes
    length: int | None = None  # a Content-Length that is not the body's
    chunked: bool = False

    def body_length(self):
        return self.body.length if isinstance(self.body, FilePart) else len(self.body)


class Closed(Exception):
    """The connection ended."""


class Connection:
    def __init__(self, sock, listener, origin, serve):
        self.sock, self.listener, self.origin, self.serve = sock, listener, origin, serve
        self.buffer = b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self):
        try:
            while (request := self.read_request()) is not None:
                if not self.serve(request, self):
                    break
        except (Closed, OSError):
            pass
        finally:
            self.sock.close()

    def read_request(self):
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > MAX_HEADER:
                raise Closed
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = (line.split(":", 1) for line in lines)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        length = int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            self.fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Request(self.listener, self.origin, method, target, headers, body)

    def fill(self):
        data = self.sock.recv(CHUNK)
        if not data:
            raise Closed
        self.buffer += data

    def send(self, response, head_only, sent):
        """Sends it; `sent(n)` hears of each part of the body. Returns whether the connection goes on."""
        if response.raw is not None:
            self.sock.sendall(response.raw)
            return False
        self.sock.sendall(head_of(response) + (small_body(response, head_only, sent)))
        if head_only or response.body_length() == 0 and not response.delivery.endless:
            return response.length is None or response.status == 304 or head_only
        if response.delivery.plain() and not response.chunked:
            if isinstance(response.body, FilePart):
                self.send_file(response.body, sent)
        else:
            Slow(self, response, sent).send()
        return response.length is None and not response.delivery.endless and response.delivery.cut is None

    def send_file(self, part, sent):
        with open(part.path, "rb") as file:
            at, left = part.offset, part.length
            while left:
                count = os.sendfile(self.sock.fileno(), file.fileno(), at, min(left, 1 << 24))
                if count == 0:
                    raise Closed
                at, left = at + count, left - count
                sent(count)

    def close(self, reset):
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Closed


def head_of(response):
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = "Unknown"
    headers = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT", **response.headers}
    if response.chunked:
        headers["Transfer-Encoding"] = "chunked"
    elif not response.delivery.endless and response.status not in (204, 304):
        length = response.body_length() if response.length is None else response.length
        headers.setdefault("Content-Length", str(length))
    if response.delivery.endless:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {response.status} {reason}"] + [f"{k}: {v}" for k, v in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def small_body(response, head_only, sent):
    """The body, where it goes out with the head in one packet."""
    if head_only or isinstance(response.body, FilePart) or response.chunked or not response.delivery.plain():
        return b""
    sent(len(response.body))
    return response.body


class Slow:
    """Sends a body piece by piece, as its delivery says."""

    def __init__(self, connection, response, sent):
        self.connection, self.response, self.sent = connection, response, sent
        self.delivery = response.delivery

    def send(self):
        at = 0
        for piece in self.pieces():
            for part in self.split(at, piece):
                self.put(part)
                at += len(part)
                self.wait(at)
        if self.response.chunked:
            self.connection.sock.sendall(b"0\r\n\r\n")

    def pieces(self):
        while True:
            yield from self.once()
            if not self.delivery.endless:
                return

    def once(self):
        body, size = self.response.body, self.delivery.drip_bytes or CHUNK
        if isinstance(body, bytes):
            yield from (body[i : i + size] for i in range(0, len(body), size))
            return
        with open(body.path, "rb") as file:
            file.seek(body.offset)
            left = body.length
            while left and (piece := file.read(min(size, left))):
                left -= len(piece)
                yield piece

    def split(self, at, piece):
        """Cuts a piece at the places where something happens, and spoils what is to be spoilt."""
        corrupt = self.delivery.corrupt
        if corrupt is not None and at <= corrupt < at + len(piece):
            spoilt = bytearray(piece)
            spoilt[corrupt - at] ^= 0x01
            piece = bytes(spoilt)
        marks = sorted(m - at for m in (self.delivery.cut, self.delivery.stall_after)
                       if m is not None and at < m < at + len(piece))
        start = 0
        for mark in [*marks, len(piece)]:
            self.wait_at(at + start)
            yield piece[start:mark]
            start = mark

    def put(self, part):
        if self.response.chunked:
            self.connection.sock.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        else:
            self.connection.sock.sendall(part)
        self.sent(len(part))

    def wait_at(self, at):
        if self.delivery.cut is not None and at >= self.delivery.cut:
            self.connection.close(self.delivery.reset)

    def wait(self, at):
        self.wait_at(at)
        if self.delivery.stall_after is not None and at == self.delivery.stall_after:
            time.sleep(self.delivery.stall_seconds)
        if self.delivery.drip_bytes:
            time.sleep(self.delivery.drip_seconds)


class Listener:
    """One address; a daemon thread accepts, and one serves each connection."""

    def __init__(self, name, host, serve):
        self.name, self.serve = name, serve
        self.sock = socket.create_server((host, 0), backlog=256)
        self.origin = f"http://{host}:{self.sock.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.sock.accept()
            connection = Connection(sock, self.name, self.origin, self.serve)
            threading.Thread(target=connection.run, daemon=True).start()
