"""Which certificate a proxy answers a client with that asks for a name.

https://cloud.google.com/load-balancing/docs/ssl-certificates
https://cloud.google.com/certificate-manager/docs/certificate-selection-logic
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from validator.gcp.balancers.scoping import beside
from validator.gcp.certificates.held import Held, held_of
from validator.gcp.certificates.names import normal
from validator.gcp.names import Names
from validator.model.certificate import CertificateMapEntry, ManagerCertificate, SslCertificate
from validator.model.endpoints import is_address
from validator.model.loadbalancer import TargetHttpsProxy, TargetSslProxy
from validator.model.table import Table

#: Whatever ends TLS and has certificates of its own.
Proxy = TargetHttpsProxy | TargetSslProxy


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a proxy answers a client's hello with, as far as configuration settles it."""

    #: One of these; of several, the client's ability to verify ECDSA or RSA decides, and what Google does not tell.
    candidates: tuple[Held, ...] = ()
    #: Why it may be another one; "" where it is one of the candidates for certain.
    doubt: str = ""
    #: Whether the handshake fails, because the certificate map has no entry for the name.
    refused: bool = False


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What a proxy has for a host: certificates, and references that lead to none."""

    #: Those of the map's entry, or all of the proxy's own list in its order.
    held: tuple[Held, ...] = ()
    #: References to what the project does not hold.
    missing: tuple[str, ...] = ()
    #: References to certificates or a map of another project, of which nothing is read.
    foreign: tuple[str, ...] = ()
    #: The certificate map that decides; "" where the proxy's own list does.
    map: str = ""
    #: The map's entry for the host, None where no entry answers: the handshake fails then.
    entry: CertificateMapEntry | None = None
    #: The first certificate of the list, which is shown where none covers the name; None where it was not found.
    primary: Held | None = None

    def selection(self, host: str) -> Selection:
        """What is answered to the host; an address is never asked for by name, nor is ""."""
        return self._from_map() if self.map else self._from_list(host)

    def _from_map(self) -> Selection:
        if not self.entry:
            return Selection(refused=not self.foreign, doubt=self._unread())
        candidates = tuple(one for one in self.held if one.serves)
        doubt = self._unread()
        if self.entry.state != "ACTIVE":
            doubt = doubt or f"map entry {self.entry.short} is {self.entry.state or 'in no known state'}"
        if not candidates:
            doubt = doubt or f"no certificate of map entry {self.entry.short} is issued"
        return Selection(candidates=candidates, doubt=doubt)

    def _from_list(self, host: str) -> Selection:
        covering = () if is_address(host) else tuple(one for one in self.held if one.shows(host))
        primary = (self.primary,) if self.primary and self.primary.serves else ()
        doubt = self._unread()
        if not covering and not primary:
            doubt = doubt or "none of its certificates covers the name, and the first of them is not issued"
        return Selection(candidates=covering or primary, doubt=doubt)

    def _unread(self) -> str:
        return f"{', '.join(self.foreign + self.missing)} is not read" if self.foreign or self.missing else ""


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
        return cls(names, [held_of(one, names) for one in (*classic, *manager)], entries)

    def presented(self, proxy: Proxy, host: str) -> Presented:
        """What the proxy has for the host; a certificate map overrides the proxy's own list."""
        if not proxy.certificate_map:
            return self._resolved(listed(proxy, self._names), proxy)
        path = map_of(proxy, self._names)
        entry = entry_for(self._entries.get(path, ()), host)
        references = entry.certificates if entry else ()
        shown = self._resolved((self._names.full(text, proxy.project, "") for text in references), proxy)
        foreign = (*shown.foreign, *((path,) if _is_foreign(path, proxy) else ()))
        return msgspec.structs.replace(shown, map=path, entry=entry, foreign=foreign, primary=None)

    def every(self, proxy: Proxy) -> tuple[Held, ...]:
        """Every certificate the proxy has for whatever name: those of all entries of its map, or of its own list."""
        entries = self._entries.get(map_of(proxy, self._names), ())
        mapped = [self._names.full(text, proxy.project, "") for entry in entries for text in entry.certificates]
        return self._resolved(mapped if proxy.certificate_map else listed(proxy, self._names), proxy).held

    def selection(self, proxy: Proxy, host: str) -> Selection:
        """What the proxy answers a client with that asks for the host; "" and addresses ask for none."""
        return self.presented(proxy, host).selection(host)

    def _resolved(self, paths: Iterable[str], proxy: Proxy) -> Presented:
        found = {path: self._by_path.get(path) for path in paths}
        lost = [path for path, one in found.items() if not one]
        return Presented(
            held=tuple(one for one in found.values() if one),
            missing=tuple(path for path in lost if not _is_foreign(path, proxy)),
            foreign=tuple(path for path in lost if _is_foreign(path, proxy)),
            primary=next(iter(found.values()), None),
        )


def listed(proxy: Proxy, names: Names) -> tuple[str, ...]:
    """Full names of the certificates in the proxy's own list, which a certificate map overrides."""
    collection = beside(proxy, "sslCertificates")
    return tuple(names.full(text, proxy.project, collection) for text in proxy.ssl_certificates)


def map_of(proxy: Proxy, names: Names) -> str:
    """Full name of the proxy's certificate map; "" where it has none."""
    return names.full(proxy.certificate_map, proxy.project, "locations/global/certificateMaps")


def entry_for(entries: Iterable[CertificateMapEntry], host: str) -> CertificateMapEntry | None:
    """The map entry that answers a host: the exact name, else its one-level wildcard, else PRIMARY, else None."""
    wanted = "" if is_address(host) else normal(host)
    wildcard = f"*.{wanted.partition('.')[2]}"
    named = {normal(entry.hostname): entry for entry in entries if entry.hostname}
    primary = next((entry for entry in entries if entry.matcher == "PRIMARY"), None)
    return named.get(wanted) or named.get(wildcard) or primary


def _is_foreign(path: str, proxy: Proxy) -> bool:
    return not path.startswith(f"projects/{proxy.project}/")
