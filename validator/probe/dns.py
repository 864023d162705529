"""Asks a resolver one question, and keeps apart what the name system says from what kept it from being asked.

https://www.rfc-editor.org/rfc/rfc8499#section-3 https://dnspython.readthedocs.io/
"""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.resolver
import msgspec

from validator.gcp.observed.lookup import Lookup, Status
from validator.model.resource import Target
from validator.patience import Budget
from validator.probe.kit import Kit
from validator.probe.resolver import make_resolver

#: Records and aliases of one answer that are kept, and characters of an explanation.
_MOST_RECORDS, _MOST_ALIASES, _MOST_WORDS = 64, 16, 300
#: The library pauses between two rounds, and looks at the clock after that; seconds.
_LAST_PAUSE_S = 0.25
#: Rounds over all servers that fit into the time.
_ROUNDS = 2
#: Where several servers failed differently: what one of them said of the name, before what is only of the way there.
_GRAVEST = (
    Status.SERVFAIL,
    Status.REFUSED,
    Status.ERROR,
    Status.CNAME_LOOP,
    Status.MALFORMED,
    Status.TIMEOUT,
)
#: An answer without EDNS fits in what every server and middlebox lets through; only the question why uses it.
_EDNS_PAYLOAD = 1232


def observe(target: Target, kit: Kit) -> Lookup:
    """What the resolver answers within the time of one probe."""
    asked, budget = dict(target.arguments), kit.budget()
    row = Lookup(
        name=asked["at"],
        project=target.project,
        host=asked["host"],
        type=asked["type"],
        vantage=kit.vantage,
        resolver=kit.probing.resolver,
    )
    try:
        resolver = make_resolver(kit.probing.resolver)
    except dns.resolver.NoResolverConfiguration as problem:
        return _failed(row, Status.NO_SERVER, problem)
    row = msgspec.structs.replace(row, resolver=row.resolver or ", ".join(map(str, resolver.nameservers)))
    try:
        # Absolute, so that the machine's own search list has no say.
        name = dns.name.from_text(row.host, dns.name.root)
    except (dns.exception.DNSException, UnicodeError) as problem:
        return _failed(row, Status.BADNAME, problem)
    return _asked(row, name, resolver, budget)


def _asked(row: Lookup, name: dns.name.Name, resolver: dns.resolver.Resolver, budget: Budget) -> Lookup:
    seconds = budget.remaining()
    resolver.timeout = seconds / (_ROUNDS * max(1, len(resolver.nameservers)))
    lifetime = max(seconds - _LAST_PAUSE_S, seconds / 2)
    try:
        answer = resolver.resolve(name, row.type, raise_on_no_answer=False, search=False, lifetime=lifetime)
    except dns.resolver.NXDOMAIN as problem:
        return _read(row, problem.kwargs["responses"][name], Status.NXDOMAIN)
    except (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout) as problem:
        failed = _failed(row, _status(problem), problem)
        return _explained(failed, name, resolver, budget) if failed.status == Status.SERVFAIL else failed
    except dns.exception.DNSException as problem:
        return _failed(row, Status.ERROR, problem)
    return _read(row, answer.response, Status.NOERROR if answer.rrset else Status.NODATA)


def _read(row: Lookup, response: dns.message.Message, status: Status) -> Lookup:
    if not isinstance(response, dns.message.QueryMessage):
        return msgspec.structs.replace(row, status=Status.MALFORMED)
    found = response.resolve_chaining()
    aliases = tuple(_plain(str(record.target)) for rrset in found.cnames for record in rrset)
    texts = sorted(_plain(record.to_text()) for record in found.answer or ())
    return msgspec.structs.replace(
        row,
        status=status,
        chain=aliases[:_MOST_ALIASES],
        records=tuple(texts[:_MOST_RECORDS]),
        ttl=found.minimum_ttl,
    )


def _plain(text: str) -> str:
    """A name as it is compared; the data of a CAA record as it is, since case may count there."""
    return text if '"' in text else text.lower().removesuffix(".")


def _status(problem: dns.exception.DNSException) -> Status:
    """The gravest of what the servers did."""
    return min(map(_status_of, problem.kwargs["errors"]), key=_GRAVEST.index, default=Status.TIMEOUT)


def _status_of(error: Any) -> Status:
    """Of one server's try: the fourth part is what was raised, the fifth what came, if anything did."""
    _, _, _, raised, response = error
    if isinstance(raised, dns.message.ChainTooLong):
        return Status.CNAME_LOOP
    if response is None:
        late = isinstance(raised, dns.exception.Timeout | dns.message.Truncated)
        return Status.TIMEOUT if late else Status.MALFORMED
    code = dns.rcode.to_text(response.rcode())
    return Status(code) if code in _GRAVEST else Status.ERROR


def _explained(row: Lookup, name: dns.name.Name, resolver: dns.resolver.Resolver, budget: Budget) -> Lookup:
    """The failure with the reason that many resolvers give when asked: https://www.rfc-editor.org/rfc/rfc8914."""
    resolver.use_edns(0, 0, _EDNS_PAYLOAD)
    resolver.timeout = lifetime = budget.remaining() / 2
    try:
        resolver.resolve(name, row.type, search=False, lifetime=lifetime)
    except dns.resolver.NoNameservers as problem:
        responses = [response for *_, response in problem.kwargs["errors"] if response]
        reasons = [error.to_text() for response in responses for error in response.extended_errors()]
        return msgspec.structs.replace(row, details="; ".join((*reasons, row.details))[:_MOST_WORDS])
    except dns.exception.DNSException:
        pass
    return row


def _failed(row: Lookup, status: Status, problem: Exception) -> Lookup:
    return msgspec.structs.replace(row, status=status, details=str(problem)[:_MOST_WORDS])
