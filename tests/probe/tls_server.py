"""TLS servers on loopback, and servers that are none: each a thread that one `with` block starts and ends."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping

import trustme

#: Given a connection, does whatever the server does with it; the connection is closed afterwards.
Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(serve: Serve, address: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server that serves each connection in a thread of its own until the block ends."""
    listener = socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    threads: list[threading.Thread] = []
    open_ones: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_ones.append(connection)
            threads.append(threading.Thread(target=_served, args=(serve, connection), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        for one in (listener, *open_ones):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in (acceptor, *threads):
            thread.join(timeout=5)


def _served(serve: Serve, connection: socket.socket) -> None:
    # What a client that breaks off does to the server is no concern of any test.
    with contextlib.suppress(OSError, ValueError):
        serve(connection)
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def certified(
    certificate: trustme.LeafCert,
    *,
    versions: tuple[ssl.TLSVersion, ssl.TLSVersion] = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    ciphers: str = "DEFAULT",
) -> ssl.SSLContext:
    """A server's context with one certificate and its chain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # an old version is what some tests are about
        context.minimum_version, context.maximum_version = versions
    return context


def by_name(certificates: Mapping[str, trustme.LeafCert], usual: trustme.LeafCert) -> ssl.SSLContext:
    """A server's context that picks the certificate by the name asked for."""
    contexts = {name: certified(one) for name, one in certificates.items()}
    context = certified(usual)

    def pick(talk: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        talk.context = contexts.get(name or "", context)

    context.sni_callback = pick
    return context


def tls(context: ssl.SSLContext) -> Serve:
    """Goes through the handshake, and waits for the client to leave."""

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as talk:
            talk.recv(1)

    return serve


def says(text: bytes) -> Serve:
    """Hears the client out once, and answers this whatever it said."""

    def serve(connection: socket.socket) -> None:
        connection.recv(1 << 14)
        connection.sendall(text)
        connection.recv(1)

    return serve


def silent(connection: socket.socket) -> None:
    """Accepts and never answers."""
    while connection.recv(1 << 14):
        pass


def resets(connection: socket.socket) -> None:
    """Cuts the connection off with RST."""
    connection.recv(1 << 14)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def closes(connection: socket.socket) -> None:
    """Closes in good order without a word."""
    connection.recv(1 << 14)


def drips(text: bytes, every_s: float) -> Serve:
    """Sends one byte after another, so that no single wait is ever long."""

    def serve(connection: socket.socket) -> None:
        connection.settimeout(every_s)
        for byte in text:
            connection.sendall(bytes((byte,)))
            with contextlib.suppress(TimeoutError):
                connection.recv(1 << 14)

    return serve


def floods(start: bytes, more: bytes) -> Serve:
    """Sends as much as the client takes."""

    def serve(connection: socket.socket) -> None:
        connection.recv(1 << 14)
        connection.sendall(start)
        while True:
            connection.sendall(more)

    return serve


def record(kind: int, body: bytes) -> bytes:
    """A TLS 1.2 record: https://www.rfc-editor.org/rfc/rfc5246 (section 6.2.1)."""
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def flight(certificate: bytes) -> bytes:
    """The start of a TLS 1.2 server's answer, with these bytes in the place of a certificate."""
    # Version, random, no session, a cipher, no compression, and one extension: secure renegotiation.
    hello = _message(2, b"\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00\x00\x05\xff\x01\x00\x01\x00")
    listed = _sized(certificate)
    return record(22, hello) + record(22, _message(11, _sized(listed)))


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _sized(body)


def _sized(body: bytes) -> bytes:
    return len(body).to_bytes(3, "big") + body
