"""Asks a resolver one question, and keeps apart what the name system says from what kept it from being asked.

https://www.rfc-editor.org/rfc/rfc8499#section-3 https://dnspython.readthedocs.io/
"""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
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
#: What may pass by itself, so that a second question makes sense.
_PASSING = (Status.SERVFAIL, Status.REFUSED)
#: An answer without EDNS fits in what every server and middlebox lets through; only the second question uses it.
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
        name = _name(row.host)
    except (dns.exception.DNSException, UnicodeError) as problem:
        return _failed(row, Status.BADNAME, problem)
    if kit.silence.known_of(row.resolver):
        words = "not asked: the first questions of this run stayed without an answer"
        return msgspec.structs.replace(row, status=Status.TIMEOUT, details=words)
    row = _asked(row, name, resolver, budget)
    kit.silence.note(row.resolver, answered=row.status != Status.TIMEOUT)
    return _chained(row, resolver, budget) if row.type == "CNAME" and row.records else row


def _name(text: str) -> dns.name.Name:
    """Absolute, so that the machine's own search list has no say."""
    return dns.name.from_text(text, dns.name.root)


def _asked(row: Lookup, name: dns.name.Name, resolver: dns.resolver.Resolver, budget: Budget) -> Lookup:
    """The answer; of a refusal or a failure, which may pass, the second one if that is better.

    Many resolvers say why when asked with EDNS: https://www.rfc-editor.org/rfc/rfc8914
    """
    seconds = budget.remaining()
    first = _once(row, name, resolver, max(seconds - _LAST_PAUSE_S, seconds / 2))
    if first.status not in _PASSING:
        return first
    resolver.use_edns(0, 0, _EDNS_PAYLOAD)
    again = _once(row, name, resolver, budget.remaining() / 2)
    return again if again.answered or again.status == first.status else first


def _once(row: Lookup, name: dns.name.Name, resolver: dns.resolver.Resolver, lifetime: float) -> Lookup:
    resolver.timeout = lifetime / (_ROUNDS * max(1, len(resolver.nameservers)))
    try:
        answer = resolver.resolve(name, row.type, raise_on_no_answer=False, search=False, lifetime=lifetime)
    except dns.resolver.NXDOMAIN as problem:
        return _read(row, problem.kwargs["responses"][name])
    except (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout) as problem:
        return _failed(row, _status(problem), problem)
    except dns.exception.DNSException as problem:
        return _failed(row, Status.ERROR, problem)
    return _read(row, answer.response)


def _chained(row: Lookup, resolver: dns.resolver.Resolver, budget: Budget) -> Lookup:
    """The CNAME record with what its data is an alias of, and so on; details say why that is not known to the end."""
    chain, question = [row.records[0]], msgspec.structs.replace(row, records=())
    while True:
        found = _asked(question, _name(chain[-1]), resolver, budget)
        if not found.records or found.records[0] in chain or len(chain) >= _MOST_ALIASES:
            break
        chain.append(found.records[0])
    end = "" if found.answered and not found.records else f"{chain[-1]} CNAME: {found.details or 'it has no end'}"
    return msgspec.structs.replace(row, chain=tuple(chain), details=end[:_MOST_WORDS])


def _read(row: Lookup, response: dns.message.Message) -> Lookup:
    if not isinstance(response, dns.message.QueryMessage):
        return msgspec.structs.replace(row, status=Status.MALFORMED)
    found = response.resolve_chaining()
    if problem := _incomplete(response, found):
        return msgspec.structs.replace(row, status=Status.ERROR, details=problem)
    aliases = tuple(_plain(str(record.target)) for rrset in found.cnames for record in rrset)
    texts = sorted(_plain(record.to_text()) for record in found.answer or ())
    gone = response.rcode() == dns.rcode.NXDOMAIN
    return msgspec.structs.replace(
        row,
        status=Status.NXDOMAIN if gone else Status.NOERROR if texts else Status.NODATA,
        chain=aliases[:_MOST_ALIASES],
        records=tuple(texts[:_MOST_RECORDS]),
        cut=len(texts) > _MOST_RECORDS,
        ttl=found.minimum_ttl,
    )


def _incomplete(response: dns.message.QueryMessage, found: dns.message.ChainingResult) -> str:
    """Why the response is no answer; "" where it is: an empty one only from who is in a position to say so.

    That is told by an SOA record; else by a server that recurses or, without aliases on the way, has authority. A
    referral is told by NS records alone. https://www.rfc-editor.org/rfc/rfc2308#section-2.2
    """
    if response.flags & dns.flags.TC:
        return "the answer is cut short, over TCP too"
    types = {rrset.rdtype for rrset in response.authority}
    if found.answer or response.rcode() == dns.rcode.NXDOMAIN or dns.rdatatype.SOA in types:
        return ""
    if response.answer and not found.cnames:
        return "the answer holds records of other names only"
    authority, recursion = response.flags & dns.flags.AA, response.flags & dns.flags.RA
    if dns.rdatatype.NS in types and not authority:
        return "the answer is a referral to other name servers: it is no resolver that was asked"
    by_right = recursion or (authority and not found.cnames)
    return "" if by_right else "the answer is empty, of a server that neither resolves names nor has authority"


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


def _failed(row: Lookup, status: Status, problem: dns.exception.DNSException | UnicodeError) -> Lookup:
    """What went wrong, behind the reasons that servers give."""
    errors = problem.kwargs.get("errors", ()) if isinstance(problem, dns.exception.DNSException) else ()
    reasons = [error.to_text() for *_, response in errors if response for error in response.extended_errors()]
    return msgspec.structs.replace(row, status=status, details="; ".join((*reasons, str(problem)))[:_MOST_WORDS])
