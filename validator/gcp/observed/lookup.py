"""What the domain name system answers: which questions to ask, and the shape of an answer."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import ClassVar

from validator.gcp.certificates.names import normal
from validator.model.certificate import DnsAuthorization, ManagerCertificate, SslCertificate
from validator.model.endpoints import is_address
from validator.model.environment import Environment
from validator.model.loadbalancer import Domain
from validator.model.resource import Kind, Probe, Resource, Target, target
from validator.model.table import Table


class Status(enum.StrEnum):
    """How a question ended; response codes of DNS by their own names."""

    NOERROR = "NOERROR"
    #: The name exists, without a record of the type.
    NODATA = "NODATA"
    #: There is no such name, nor any below it.
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    #: Another response code: FORMERR, NOTIMP …
    ERROR = "ERROR"
    #: Nothing that could be read as an answer came in time.
    TIMEOUT = "TIMEOUT"
    #: What came is no DNS message, or the server could not be connected to.
    MALFORMED = "MALFORMED"
    #: Aliases lead to each other, or there are too many in a row.
    CNAME_LOOP = "CNAME_LOOP"
    #: DNS cannot be asked for such a name.
    BADNAME = "BADNAME"
    #: The machine that asked knows no server to ask.
    NO_SERVER = "NO_SERVER"


#: Statuses that say something of the name, rather than of a failure to find out.
ANSWERED = frozenset((Status.NOERROR, Status.NODATA, Status.NXDOMAIN))


def _targets(
    *,
    environment: Environment,
    domains: Table[Domain],
    classic: Table[SslCertificate],
    manager: Table[ManagerCertificate],
    authorizations: Table[DnsAuthorization],
) -> Iterator[Target]:
    """Each question once, however many domains and certificates ask it."""
    served = {normal(domain.name) for domain in domains if not domain.is_wildcard}
    asked = {normal(name) for one in (*classic, *manager) if one.managed for name in one.managed.domains}
    for name in sorted(served | asked):
        yield from _of_name(environment.project, name, served=name in served)
    for one in authorizations:
        if record := normal(one.dns_resource_record.name):
            yield question(environment.project, record, "CNAME")


def _of_name(project: str, name: str, *, served: bool) -> Iterator[Target]:
    """A wildcard has no address, and is issued by the CAA records of its parent."""
    if not name or is_address(name):
        return
    if not name.startswith("*."):
        yield question(project, name, "A")
        yield question(project, name, "AAAA")
    for above in upwards(name):
        yield question(project, above, "CAA")
        if served and "." in above:
            yield question(project, above, "NS")


def upwards(name: str) -> tuple[str, ...]:
    """The name and each one above it up to the top-level domain; of a wildcard those above it.

    https://www.rfc-editor.org/rfc/rfc8659#section-3
    """
    labels = name.removeprefix("*.").split(".")
    return tuple(".".join(labels[cut:]) for cut in range(len(labels)))


def question(project: str, host: str, kind: str) -> Target:
    """The question for the records of one type."""
    return target(project, at=f"{host} {kind}", host=host, type=kind)


class Lookup(Resource, frozen=True, kw_only=True):
    """One question to a resolver, and what came of it."""

    KIND: ClassVar[Kind] = Kind(
        noun="dns-lookup",
        probe=Probe(
            name="domain.lookup",
            targets=_targets,
            each="A and AAAA of each domain and managed certificate's name, CAA and NS up the tree, CNAME of each DNS"
            " authorisation",
        ),
    )
    #: A-labels in lower case, without the final dot; `name` is this and the type.
    host: str = ""
    #: A, AAAA, CAA, CNAME or NS.
    type: str = ""
    #: One of `Status`.
    status: str = ""
    #: The aliases that were followed from the host, in order, without final dots; of a question for CNAME the first is
    #: the record's own data.
    chain: tuple[str, ...] = ()
    #: The data of the records, sorted: addresses, names without final dots, or `0 issue "pki.goog"`.
    records: tuple[str, ...] = ()
    #: Whether there are more of them than were kept.
    cut: bool = False
    #: Seconds; of an empty answer, how long that may be believed.
    ttl: int = 0
    #: The server that was asked.
    resolver: str = ""
    #: Where it was asked from: "vpc" or "outside".
    vantage: str = ""
    #: What the server or the client library adds to a failure, also to that of following a CNAME record further.
    details: str = ""

    @property
    def answered(self) -> bool:
        """Whether something is known of the name now."""
        return self.status in ANSWERED

    @property
    def end(self) -> str:
        """The name that the aliases lead to; the host itself without any."""
        return self.chain[-1] if self.chain else self.host
