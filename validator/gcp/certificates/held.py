"""A certificate of either kind, as far as a client and its owner care."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import msgspec

from validator.gcp.certificates.names import covers, normal, why_not
from validator.gcp.certificates.x509 import Chain, Unreadable, read_chain
from validator.gcp.names import Names
from validator.gcp.times import instant
from validator.model.certificate import (
    AttemptInfo,
    ManagedCertificate,
    ManagedSsl,
    ManagerCertificate,
    ProvisioningIssue,
    SslCertificate,
    Troubleshooting,
)
from validator.model.endpoints import is_address

_FINE = ("ACTIVE", "AUTHORIZED")
#: States of a managed certificate in which the last one issued is served.
_SERVED = ("ACTIVE", "RENEWAL_FAILED")


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How the last attempt to authorise one domain of a managed certificate went."""

    domain: str
    #: Compute's ("FAILED_NOT_VISIBLE"), or Certificate Manager's with its reason ("FAILED CONFIG").
    status: str
    #: What the API adds for a person.
    details: str = ""
    troubleshooting: Troubleshooting | None = None

    @property
    def fine(self) -> bool:
        """Whether nothing is left to do for the domain."""
        return self.status in _FINE

    @property
    def failed(self) -> bool:
        """Whether it ended badly, rather than being under way."""
        return self.status.startswith("FAILED")


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of either kind."""

    path: str
    #: Whether it is one of Compute's own, not Certificate Manager's.
    classic: bool
    managed: bool
    #: DNS names it holds, or that were asked for and are not issued yet.
    names: tuple[str, ...]
    #: DNS names in the issued certificate; empty where the API does not say.
    issued: tuple[str, ...] = ()
    #: State of a managed certificate; ACTIVE for one that was uploaded.
    state: str = "ACTIVE"
    #: Per domain of a managed certificate, where the API says it.
    attempts: tuple[Attempt, ...] = ()
    #: What the API tells of the issue or renewal as a whole: why it does not come.
    details: str = ""
    #: Its own end, or that of an issuer in its chain where that comes first.
    expires: dt.datetime | None = None
    #: Subject of that issuer: "CN=WR3,O=Google Trust Services,C=US"; "" where its own end comes first.
    ends_with: str = ""
    #: When the resource was made: at or before the first issue of a managed one, the upload of any other.
    created: dt.datetime | None = None
    #: What the PEM says; None where the API gives none.
    pem: Chain | Unreadable | None = None
    #: Whether DNS authorisations prove its domains, and not the load balancer that it is attached to.
    dns_authorized: bool = False
    #: Whether a private authority issues it, or it holds a workload's identity instead of names.
    private: bool = False
    #: Full names of what uses it, as far as the API says; Compute's say nothing.
    used_by: tuple[str, ...] = ()

    @property
    def chain(self) -> Chain | None:
        """What the PEM says; None where there is none, or none that can be read."""
        return self.pem if isinstance(self.pem, Chain) else None

    @property
    def ends(self) -> str:
        """The day of its end, and the issuer that ends it: "2026-10-21 with its issuer CN=R3"; "" where unknown."""
        day = self.expires.date().isoformat() if self.expires else ""
        return f"{day} with its issuer {self.ends_with}" if self.ends_with else day

    def covers(self, host: str) -> bool:
        """Whether one of its names, issued or asked for, stands for the host."""
        return self._has(self.names, host)

    def shows(self, host: str) -> bool:
        """Whether it was issued, and with a name that stands for the host."""
        return self.serves and self._has(self.issued or self.names, host)

    def _has(self, names: Iterable[str], host: str) -> bool:
        """Addresses stand in the PEM alone."""
        if is_address(host):
            return self.chain is not None and self.chain.names(host)
        return any(covers(name, host) for name in names)

    @property
    def serves(self) -> bool:
        """Whether it was issued, so that a proxy can show it.

        Certificate Manager says PROVISIONING of a renewal, too, and Compute now and then PROVISIONING_FAILED of one in
        force; that there is one shows by its PEM.
        """
        return not self.managed or self.state in _SERVED or self.chain is not None

    @property
    def short(self) -> str:
        """The bare name."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def label(self) -> str:
        """The subject spelling: "certificate/web"."""
        kind = SslCertificate if self.classic else ManagerCertificate
        return f"{kind.KIND.noun}/{self.short}"

    @property
    def project(self) -> str:
        """The project that holds it."""
        return self.path.split("/")[1]

    @property
    def location(self) -> str:
        """The region, or "global"."""
        found = re.search(r"/(?:regions|locations)/([^/]+)/", self.path)
        return found.group(1) if found else "global"


def near_misses(held: Iterable[Held], host: str) -> list[str]:
    """Each name the certificates hold and why it does not stand for the host, the most easily overlooked first."""
    found = [(why_not(name, host), one.short, name) for one in held for name in one.names]
    found.sort(key=lambda one: ("of another domain" in one[0], one[0] == "it is another name", one[1:]))
    return [f"{short} holds {name} ({why})" for why, short, name in found]


def held_of(one: SslCertificate | ManagerCertificate, names: Names) -> Held:
    """The certificate, whichever API it is of."""
    found = _from_classic(one, names) if isinstance(one, SslCertificate) else _from_manager(one, names)
    return found if found.managed and not found.private else _with_issuers(found)


def _with_issuers(held: Held) -> Held:
    """The certificate, no longer good than its issuers are; those that Google sends are Google's to replace."""
    if not held.chain:
        return held
    first = held.chain.first_to_end
    if first is held.chain.leaf or (held.expires and held.expires <= first.not_after):
        return held
    return msgspec.structs.replace(held, expires=first.not_after, ends_with=first.subject)


def _from_classic(one: SslCertificate, names: Names) -> Held:
    managed = one.managed or ManagedSsl()
    is_managed = one.type == "MANAGED" or one.managed is not None
    pem = read_chain(one.certificate) if one.certificate else None
    issued = _dns_names(pem, one.subject_alternative_names)
    return Held(
        path=names.full(one.path, one.project, ""),
        classic=True,
        managed=is_managed,
        names=tuple(dict.fromkeys((*issued, *managed.domains))),
        issued=issued,
        state=managed.status or ("" if is_managed else "ACTIVE"),
        attempts=tuple(Attempt(domain=normal(name), status=now) for name, now in sorted(managed.domain_status.items())),
        expires=instant(one.expire_time) or _end(pem),
        created=instant(one.creation_timestamp),
        pem=pem,
    )


def _from_manager(one: ManagerCertificate, names: Names) -> Held:
    managed, issuance = one.managed or ManagedCertificate(), one.managed or one.managed_identity
    pem = read_chain(one.pem_certificate) if one.pem_certificate else None
    issued = _dns_names(pem, one.san_dnsnames)
    issue = (issuance.provisioning_issue if issuance else None) or ProvisioningIssue()
    return Held(
        path=names.full(one.path, one.project, ""),
        classic=False,
        managed=issuance is not None,
        names=tuple(dict.fromkeys((*issued, *managed.domains))),
        issued=issued,
        state=issuance.state if issuance else "ACTIVE",
        attempts=tuple(_attempt(attempt) for attempt in managed.authorization_attempt_info),
        details=" ".join(filter(None, (issue.reason, issue.details))),
        expires=instant(one.expire_time) or _end(pem),
        created=instant(one.create_time),
        pem=pem,
        dns_authorized=bool(managed.dns_authorizations),
        private=one.managed_identity is not None or bool(managed.issuance_config),
        used_by=tuple(names.full(user.name, one.project, "") for user in one.used_by),
    )


def _attempt(info: AttemptInfo) -> Attempt:
    return Attempt(
        domain=normal(info.domain),
        status=" ".join(filter(None, (info.state, info.failure_reason))),
        details=info.details,
        troubleshooting=info.troubleshooting,
    )


def _dns_names(pem: Chain | Unreadable | None, told: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the PEM, which is what clients see; else what the API tells."""
    return pem.dns_names if isinstance(pem, Chain) else told


def _end(pem: Chain | Unreadable | None) -> dt.datetime | None:
    return pem.not_after if isinstance(pem, Chain) else None
