"""A DNS server on loopback, over UDP and TCP, with the faults that real ones have."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], Sequence[str]]
#: What is wrong with a name and all below it: a response code; no answer; bytes that are no message; an answer over
#: UDP that must be asked for again over TCP; one that trickles over TCP, a byte at a time, without an end; one that is
#: cut short over TCP too; a failure of the first question alone; a referral; no answer, of who has no authority, or who
#: has; an answer about another name.
Fault = Literal[
    "SERVFAIL",
    "REFUSED",
    "FORMERR",
    "NOTIMP",
    "nxdomain",
    "silent",
    "garbage",
    "truncated",
    "drip",
    "cut",
    "SERVFAIL once",
    "REFUSED once",
    "referral",
    "empty",
    "authority",
    "another",
]
_TTL = 60
_LONGEST_CHAIN = 20


class DnsServer:
    """Answers from literal records, following aliases; a name without any record is NXDOMAIN.

    with DnsServer({("api.example.com.", "A"): ["203.0.113.7"]}, broken={"x.example.": "SERVFAIL"}) as server:
        server.address  # "127.0.0.1:54321"
    """

    def __init__(self, records: Records, broken: Mapping[str, Fault] | None = None) -> None:
        """The server, not started yet.

        Args:
            records: by name with its final dot and type, the data of each record in zone-file spelling.
            broken: faults, by the name at or below which a question meets them; "." for all.
        """
        self._records = {(name.lower(), kind): tuple(data) for (name, kind), data in records.items()}
        self._broken = {dns.name.from_text(name): fault for name, fault in (broken or {}).items()}
        self._stop = threading.Event()
        #: What was asked: name with its final dot, type, "udp" or "tcp".
        self.asked: list[tuple[str, str, str]] = []
        self._udp, self._tcp = _bound_pair(self)

    @property
    def address(self) -> str:
        """Where it listens, as `Probing.resolver` takes it."""
        return f"127.0.0.1:{self._udp.server_address[1]}"

    def __enter__(self) -> Self:
        """Start answering."""
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and drop who still waits."""
        self._stop.set()
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def serve(self, wire: bytes, transport: str, send: Callable[[bytes], Any]) -> None:
        """Answer one question, or do what the name's fault is."""
        query = dns.message.from_wire(wire)
        asked = query.question[0]
        self.asked.append((asked.name.to_text(), dns.rdatatype.to_text(asked.rdtype), transport))
        fault = self._fault(asked.name)
        if fault == "silent":
            return
        if fault == "garbage":
            send(b"\xff" * 40)
            return
        if fault == "drip" and transport == "tcp":
            send(struct.pack("!H", 4000))
            while not self._stop.wait(0.05):
                send(b"\0")
        assert isinstance(query, dns.message.QueryMessage)
        message = self._answer(query, fault)
        if fault == "cut" or (transport == "udp" and fault in ("truncated", "drip")):
            message.flags |= dns.flags.TC
            message.answer = []
        send(message.to_wire())

    def _fault(self, name: dns.name.Name) -> Fault | None:
        while True:
            if name in self._broken:
                return self._broken[name]
            if name == dns.name.root:
                return None
            name = name.parent()

    def _answer(self, query: dns.message.QueryMessage, fault: Fault | None) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        if fault in ("referral", "empty", "authority", "another"):
            return _odd(response, fault)
        code, once = (fault or "").partition(" ")[::2]
        if code in ("SERVFAIL", "REFUSED", "FORMERR", "NOTIMP") and not (once and self._repeated()):
            response.set_rcode(dns.rcode.from_text(code))
            if code == "SERVFAIL" and query.edns >= 0:
                reason = dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "made up")
                response.use_edns(0, options=[reason])
            return response
        name, kind = query.question[0].name.to_text().lower(), dns.rdatatype.to_text(query.question[0].rdtype)
        if fault == "nxdomain" or not self._fill(response, name, kind):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    def _repeated(self) -> bool:
        """Whether the question was asked before."""
        *before, last = self.asked
        return last[:2] in [asked[:2] for asked in before]

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> bool:
        """Put the records and the aliases to them into the answer; whether the last name of them exists."""
        for _ in range(_LONGEST_CHAIN):
            if data := self._records.get((name, kind)):
                response.answer.append(dns.rrset.from_text(name, _TTL, "IN", kind, *data))
                return True
            alias = self._records.get((name, "CNAME"))
            if not alias:
                return any(held == name or held.endswith(f".{name}") for held, _ in self._records)
            response.answer.append(dns.rrset.from_text(name, _TTL, "IN", "CNAME", *alias))
            name = alias[0].lower()
        return True


def _odd(response: dns.message.Message, fault: Fault) -> dns.message.Message:
    """An answer without the records that were asked for."""
    if fault == "another":
        response.answer.append(dns.rrset.from_text("another.example.", _TTL, "IN", "A", "203.0.113.1"))
        return response
    response.flags &= ~dns.flags.RA
    if fault == "referral":
        response.authority.append(dns.rrset.from_text("example.", _TTL, "IN", "NS", "ns.example."))
    elif fault == "authority":
        response.flags |= dns.flags.AA
    return response


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


def _bound_pair(owner: DnsServer) -> tuple[_Udp, _Tcp]:
    """A UDP and a TCP server on the same free port."""

    class OverUdp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, back = self.request
            owner.serve(wire, "udp", lambda message: back.sendto(message, self.client_address))

    class OverTcp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire = _received(self.request)
            if wire:
                owner.serve(wire, "tcp", lambda text: _send(self.request, text))

    for _ in range(20):
        udp = _Udp(("127.0.0.1", 0), OverUdp)
        try:
            return udp, _Tcp(("127.0.0.1", udp.server_address[1]), OverTcp)
        except OSError:
            udp.server_close()
    raise OSError("no port is free for both UDP and TCP")


def _received(connection: socket.socket) -> bytes:
    head = connection.recv(2)
    return connection.recv(struct.unpack("!H", head)[0]) if len(head) == 2 else b""


def _send(connection: socket.socket, text: bytes) -> None:
    framed = text if len(text) <= 2 else struct.pack("!H", len(text)) + text
    try:
        connection.sendall(framed)
    except OSError:
        connection.close()
