"""Which names a certificate covers, and which certificates a proxy shows to a client that asks for a name.

Names: https://www.rfc-editor.org/rfc/rfc9525 (section 6.3). Choice by proxy:
https://cloud.google.com/certificate-manager/docs/certificate-selection-logic
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from validator.gcp.names import Names
from validator.gcp.times import instant
from validator.model.certificate import CertificateMapEntry, ManagerCertificate, SslCertificate
from validator.model.endpoints import is_address
from validator.model.loadbalancer import TargetHttpsProxy
from validator.model.table import Table


def normal(name: str) -> str:
    """A DNS name as it is compared: lower case, A-labels, without the trailing dot."""
    plain = name.strip().lower().removesuffix(".")
    try:
        return plain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return plain


def covers(pattern: str, host: str) -> bool:
    """Whether a certificate's DNS name stands for the host; "*" stands for exactly one whole left-most label."""
    return not why_not(pattern, host)


def why_not(pattern: str, host: str) -> str:
    """Why the certificate's DNS name does not stand for the host, in words; "" where it does."""
    name, wanted = normal(pattern), normal(host)
    if is_address(wanted):
        return "an address is never matched by a DNS name"
    if "*" not in name:
        return "" if name == wanted else "it is another name"
    first, _, parent = name.partition(".")
    if first != "*" or "*" in parent:
        return "a wildcard counts only as the whole left-most label"
    return _why_not_below(parent, wanted)


def _why_not_below(parent: str, wanted: str) -> str:
    if "." not in parent:
        return "a wildcard directly below a top-level domain covers nothing"
    if wanted == parent:
        return f"a wildcard does not stand for {parent} itself"
    label, _, rest = wanted.partition(".")
    if rest == parent and label:
        return ""
    deeper = wanted.endswith(f".{parent}")
    return "a wildcard stands for exactly one label" if deeper else "it is a wildcard of another domain"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of either kind, as far as a client and its owner care."""

    path: str
    #: Whether it is one of Compute's own, not Certificate Manager's.
    classic: bool
    managed: bool
    #: DNS names it holds, or that were asked for and are not issued yet.
    names: tuple[str, ...]
    #: Names in the issued certificate; empty where the API does not say.
    issued: tuple[str, ...] = ()
    #: State of a managed certificate; ACTIVE for one that was uploaded.
    state: str = "ACTIVE"
    #: State and reason per domain of a managed certificate, where the API says it.
    domains: Mapping[str, str] = {}
    #: What the API adds about a failure.
    details: str = ""
    expires: dt.datetime | None = None
    #: When the resource was made: at or before the first issue of a managed one, the upload of any other.
    created: dt.datetime | None = None

    def covers(self, host: str) -> bool:
        """Whether one of its names stands for the host."""
        return any(covers(name, host) for name in self.names)

    @property
    def short(self) -> str:
        """The bare name."""
        return self.path.rsplit("/", 1)[-1]


def near_misses(held: Iterable[Held], host: str) -> list[str]:
    """Each name the certificates hold and why it does not stand for the host, the most easily overlooked first."""
    found = [(why_not(name, host), one.short, name) for one in held for name in one.names]
    found.sort(key=lambda one: ("of another domain" in one[0], one[0] == "it is another name", one[1:]))
    return [f"{short} holds {name} ({why})" for why, short, name in found]


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What a proxy shows for a host: certificates, and references that lead to none."""

    held: tuple[Held, ...] = ()
    missing: tuple[str, ...] = ()
    #: The certificate map that decides; "" where the proxy's own list does.
    map: str = ""
    #: The map's entry for the host, None where no entry answers: the handshake fails then.
    entry: CertificateMapEntry | None = None


class Certificates:
    """A fact: every certificate of the project, and which of them a proxy shows for a name."""

    def __init__(self, names: Names, held: Iterable[Held], entries: Iterable[CertificateMapEntry]) -> None:
        self._names = names
        self.all = tuple(held)
        self._by_path = {one.path: one for one in self.all}
        self._entries: dict[str, list[CertificateMapEntry]] = {}
        for entry in entries:
            key = names.full(entry.map_path, entry.project, "locations/global/certificateMaps")
            self._entries.setdefault(key, []).append(entry)

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        classic: Table[SslCertificate],
        manager: Table[ManagerCertificate],
        entries: Table[CertificateMapEntry],
    ) -> Certificates:
        """From both kinds of certificates and the entries of every map."""
        held = [_from_classic(one, names) for one in classic]
        return cls(names, [*held, *(_from_manager(one, names) for one in manager)], entries)

    def presented(self, proxy: TargetHttpsProxy, host: str) -> Presented:
        """What the proxy shows for the host; a certificate map overrides the proxy's own list."""
        if not proxy.certificate_map:
            return self._resolved(proxy.ssl_certificates, proxy)
        path = self._names.full(proxy.certificate_map, proxy.project, "locations/global/certificateMaps")
        entry = entry_for(self._entries.get(path, ()), host)
        shown = self._resolved(entry.certificates if entry else (), proxy)
        return msgspec.structs.replace(shown, map=path, entry=entry)

    def _resolved(self, references: Iterable[str], proxy: TargetHttpsProxy) -> Presented:
        found = {path: self._by_path.get(path) for path in (self._full(text, proxy) for text in references)}
        return Presented(
            held=tuple(one for one in found.values() if one),
            missing=tuple(path for path, one in found.items() if not one),
        )

    def _full(self, text: str, proxy: TargetHttpsProxy) -> str:
        where = proxy.location or "global"
        collection = "global/sslCertificates" if where == "global" else f"regions/{where}/sslCertificates"
        return self._names.full(text, proxy.project, collection)


def entry_for(entries: Iterable[CertificateMapEntry], host: str) -> CertificateMapEntry | None:
    """The map entry that answers a host: the exact name, else its one-level wildcard, else PRIMARY, else None."""
    wanted = normal(host)
    wildcard = f"*.{wanted.partition('.')[2]}"
    named = {normal(entry.hostname): entry for entry in entries if entry.hostname}
    primary = next((entry for entry in entries if entry.matcher == "PRIMARY"), None)
    return named.get(wanted) or named.get(wildcard) or primary


def _from_classic(one: SslCertificate, names: Names) -> Held:
    managed, is_managed = one.managed, one.type == "MANAGED" or one.managed is not None
    asked = managed.domains if managed else ()
    return Held(
        path=names.full(one.path, one.project, ""),
        classic=True,
        managed=is_managed,
        names=tuple(dict.fromkeys((*one.subject_alternative_names, *asked))),
        issued=one.subject_alternative_names,
        state=(managed.status if managed else "") or ("" if is_managed else "ACTIVE"),
        domains={normal(name): status for name, status in managed.domain_status.items()} if managed else {},
        expires=instant(one.expire_time),
        created=instant(one.creation_timestamp),
    )


def _from_manager(one: ManagerCertificate, names: Names) -> Held:
    managed = one.managed
    attempts = managed.authorization_attempt_info if managed else ()
    issue = managed.provisioning_issue if managed else None
    return Held(
        path=names.full(one.path, one.project, ""),
        classic=False,
        managed=managed is not None,
        names=tuple(dict.fromkeys((*one.san_dnsnames, *(managed.domains if managed else ())))),
        issued=one.san_dnsnames,
        state=managed.state if managed else "ACTIVE",
        domains={normal(a.domain): " ".join(filter(None, (a.state, a.failure_reason))) for a in attempts},
        details=" ".join(filter(None, (issue.reason, issue.details))) if issue else "",
        expires=instant(one.expire_time),
        created=instant(one.create_time),
    )
