"""Which proxies show a certificate to anybody, and what stands between the others and a client.

https://cloud.google.com/certificate-manager/docs/how-it-works
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from validator.gcp.certificates.held import Held
from validator.gcp.certificates.selection import Proxy, listed, map_of
from validator.gcp.names import Names
from validator.model.certificate import CertificateMapEntry
from validator.model.loadbalancer import ForwardingRule, TargetHttpsProxy, TargetSslProxy
from validator.model.resource import last
from validator.model.table import Partial


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A reference to a certificate: who shows it by that, or why nobody does."""

    certificate: str
    user: str = ""
    idle: str = ""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Who shows a certificate."""

    #: Full names of proxies behind a forwarding rule, and of whatever else the API names (Media CDN, another
    #: project's proxy …).
    users: tuple[str, ...] = ()
    #: Why those that refer to it show it to nobody.
    idle: tuple[str, ...] = ()
    #: Whether all that could use it was read.
    certain: bool = True

    @property
    def unused(self) -> bool:
        """Whether nobody is shown it, for certain."""
        return self.certain and not self.users

    @property
    def words(self) -> str:
        """Why nobody is shown it."""
        return "; ".join(self.idle) or "no proxy and no certificate map refers to it"


class CertificateUses:
    """A fact: who shows each certificate; what was not read of it makes a use uncertain."""

    def __init__(self, mentions: Iterable[Mention], followed: Iterable[str], *, certain: bool) -> None:
        #: Full names of the users that were read, and are not merely named by the API.
        self._followed = frozenset(followed)
        self._mentions: dict[str, list[Mention]] = {}
        for mention in mentions:
            self._mentions.setdefault(mention.certificate, []).append(mention)
        self._certain = certain

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        rules: Partial[ForwardingRule],
        https: Partial[TargetHttpsProxy],
        ssl: Partial[TargetSslProxy],
        entries: Partial[CertificateMapEntry],
    ) -> CertificateUses:
        """From every proxy, what leads to it, and what its map holds."""
        held = _by_map(entries, names)
        fronted = {names.full(rule.target, rule.project, "global/targetHttpsProxies") for rule in rules}
        proxies = (*https, *ssl)
        mentions = [mention for proxy in proxies for mention in _of_proxy(proxy, names, held, fronted)]
        for path in held.keys() - {map_of(proxy, names) for proxy in proxies}:
            idle = f"certificate map {last(path)} has it, but no proxy has that map"
            mentions += [Mention(certificate=certificate, idle=idle) for certificate in held[path]]
        certain = rules.complete and https.complete and ssl.complete and entries.complete
        followed = (names.full(row.path, row.project, "") for row in (*proxies, *entries))
        return cls(mentions, followed, certain=certain)

    def of(self, held: Held) -> Use:
        """Who shows the certificate."""
        mentions = self._mentions.get(held.path, ())
        others = [user for user in held.used_by if user not in self._followed]
        return Use(
            users=tuple(dict.fromkeys((*(one.user for one in mentions if one.user), *others))),
            idle=tuple(sorted({one.idle for one in mentions if one.idle})),
            certain=self._certain,
        )


def _by_map(entries: Iterable[CertificateMapEntry], names: Names) -> dict[str, list[str]]:
    """Full names of the certificates in each map."""
    held: dict[str, list[str]] = {}
    for entry in entries:
        path = names.full(entry.map_path, entry.project, "locations/global/certificateMaps")
        held.setdefault(path, []).extend(names.full(one, entry.project, "") for one in entry.certificates)
    return held


def _of_proxy(proxy: Proxy, names: Names, held: Mapping[str, list[str]], fronted: set[str]) -> Iterator[Mention]:
    path, overriding = names.full(proxy.path, proxy.project, ""), map_of(proxy, names)
    unreached = "" if path in fronted else f"{proxy.short} has it, but no forwarding rule leads there"
    dead = f"{proxy.short} lists it, but its certificate map overrides the list" if overriding else unreached
    for certificates, idle in ((held.get(overriding, ()), unreached), (listed(proxy, names), dead)):
        for certificate in certificates:
            yield Mention(certificate=certificate, user="" if idle else path, idle=idle)
