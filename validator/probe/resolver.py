"""Host names to addresses, by the DNS server that the environment names, or by the machine's own resolver."""

from __future__ import annotations

import enum
import ipaddress

import dns.exception
import dns.rdatatype
import dns.resolver
import msgspec

from validator.model.endpoints import is_address, split_endpoint
from validator.patience import Budget

_DNS_PORT = 53


class Unresolved(enum.StrEnum):
    """Why a name led to no address."""

    #: NXDOMAIN: there is no such name.
    NO_NAME = "NXDOMAIN"
    #: The name exists, without an address.
    NO_ADDRESS = "NODATA"
    #: SERVFAIL, REFUSED or a broken answer.
    SERVER_FAILED = "SERVFAIL"
    TIMED_OUT = "TIMEOUT"
    #: It cannot be asked for at all.
    BAD_NAME = "BADNAME"


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of a host in the order to try them, or why there are none."""

    addresses: tuple[str, ...] = ()
    failure: Unresolved | None = None
    details: str = ""


def make_resolver(server: str) -> dns.resolver.Resolver:
    """A resolver that asks `server` ("8.8.8.8", "127.0.0.1:5353", "[::1]:53"; "" for the machine's own).

    Raises:
        dns.resolver.NoResolverConfiguration: the machine names no server.
    """
    if not server:
        return dns.resolver.Resolver()
    resolver = dns.resolver.Resolver(configure=False)
    host, port = split_server(server)
    resolver.nameservers, resolver.port = [host], port
    return resolver


def split_server(server: str) -> tuple[str, int]:
    """Address and port of a DNS server.

    Raises:
        ValueError: it is no address with an optional port.
    """
    host, port = split_endpoint(server)
    return str(ipaddress.ip_address(host)), port or _DNS_PORT


#: How long AAAA records are waited for where there are A records already: a share of what is left.
_FOR_THE_OTHER = 1 / 4
#: The library pauses between two rounds, and looks at the clock after that; seconds.
_LAST_PAUSE_S = 0.25
#: Rounds over all servers that fit into the time of one question.
_ROUNDS = 2
#: Of two questions that gave nothing: what is not known, before what is not there.
_GRAVEST = (
    Unresolved.BAD_NAME,
    Unresolved.SERVER_FAILED,
    Unresolved.TIMED_OUT,
    Unresolved.NO_NAME,
    Unresolved.NO_ADDRESS,
)
#: What dnspython raises, the more particular first.
_FAILURES: tuple[tuple[type[Exception], Unresolved], ...] = (
    (dns.resolver.NXDOMAIN, Unresolved.NO_NAME),
    (dns.resolver.NoAnswer, Unresolved.NO_ADDRESS),
    (dns.exception.Timeout, Unresolved.TIMED_OUT),
    (dns.resolver.NoNameservers, Unresolved.SERVER_FAILED),
    (dns.resolver.NoResolverConfiguration, Unresolved.SERVER_FAILED),
    (Exception, Unresolved.BAD_NAME),
)


def addresses_of(host: str, server: str, budget: Budget) -> Resolved:
    """The host's addresses, IPv4 ones first; an address is its own. Never raises for what DNS says."""
    if is_address(host):
        return Resolved(addresses=(str(ipaddress.ip_address(host.strip("[]"))),))
    try:
        resolver = make_resolver(server)
    except dns.resolver.NoResolverConfiguration as problem:
        return _unresolved(problem)
    return resolved(host, resolver, budget)


def resolved(host: str, resolver: dns.resolver.Resolver, budget: Budget) -> Resolved:
    """The name's addresses as the resolver has them: those of one type are enough, whatever became of the other."""
    four = _asked(host, "A", resolver, budget.remaining() / 2)
    six = _asked(host, "AAAA", resolver, budget.remaining() * (_FOR_THE_OTHER if four.addresses else 1))
    if found := four.addresses + six.addresses:
        return Resolved(addresses=found)
    return min((four, six), key=lambda one: _GRAVEST.index(one.failure or Unresolved.NO_ADDRESS))


def _asked(host: str, kind: str, resolver: dns.resolver.Resolver, seconds: float) -> Resolved:
    if seconds <= 0:
        return Resolved(failure=Unresolved.TIMED_OUT, details="no time was left to ask")
    lifetime = max(seconds - _LAST_PAUSE_S, seconds / 2)
    resolver.timeout = lifetime / (_ROUNDS * max(1, len(resolver.nameservers)))
    try:
        answer = resolver.resolve(host, kind, lifetime=lifetime, search=False)
    except (dns.exception.DNSException, UnicodeError, OSError) as problem:
        return _unresolved(problem)
    return Resolved(addresses=tuple(record.address for record in answer))


def _unresolved(problem: Exception) -> Resolved:
    failure = next(failure for kind, failure in _FAILURES if isinstance(problem, kind))
    return Resolved(failure=failure, details=str(problem))
