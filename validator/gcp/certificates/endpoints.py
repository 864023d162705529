"""Where clients meet TLS: address, port and the proxy behind them, and which of them are meant for a name.

https://cloud.google.com/load-balancing/docs/forwarding-rule-concepts
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.balancers.loadbalancers import Front, LoadBalancers
from validator.gcp.balancers.url_maps import way
from validator.gcp.certificates.names import packed
from validator.gcp.certificates.selection import Certificates, Proxy, Selection
from validator.gcp.names import Names
from validator.model.endpoints import is_address
from validator.model.loadbalancer import ANY_HOST, ForwardingRule, TargetSslProxy, UrlMap
from validator.model.table import Partial, Table

_HTTPS = 443


class TlsEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A forwarding rule and the proxy behind it that ends TLS, on one of the rule's ports."""

    rule: ForwardingRule
    proxy: Proxy
    #: 443 where the rule takes it, else the first that it takes.
    port: int
    #: None for an SSL proxy, which takes any name.
    url_map: UrlMap | None = None

    @property
    def address(self) -> str:
        """The IP address; "" where the API does not say."""
        return self.rule.ip_address.partition("/")[0]

    @property
    def decider(self) -> str:
        """Path of what decides which backend answers: the URL map, or the SSL proxy."""
        return self.url_map.path if self.url_map else self.proxy.path

    def names(self, host: str) -> bool:
        """Whether its URL map has a host rule of more than "*" for the host."""
        return self.url_map is not None and way(self.url_map, host).named


class TlsEndpoints:
    """A fact: every endpoint that ends TLS, and what each answers a name with."""

    def __init__(self, balancers: LoadBalancers, certificates: Certificates, ssl: tuple[TlsEndpoint, ...]) -> None:
        self._balancers = balancers
        self._certificates = certificates
        self._ssl = ssl

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        balancers: LoadBalancers,
        certificates: Certificates,
        rules: Table[ForwardingRule],
        ssl: Partial[TargetSslProxy],
    ) -> TlsEndpoints:
        """From the load balancers and their certificates; an SSL proxy that was not read is none."""
        proxies = {names.full(proxy.path, proxy.project, ""): proxy for proxy in ssl}
        targets = (
            (rule, proxies.get(names.full(rule.target, rule.project, "global/targetSslProxies"))) for rule in rules
        )
        found = (TlsEndpoint(rule=rule, proxy=proxy, port=_port(rule)) for rule, proxy in targets if proxy)
        return cls(balancers, certificates, tuple(found))

    def serving(self, host: str) -> tuple[TlsEndpoint, ...]:
        """The endpoints meant for the host.

        Those are the fronts that `LoadBalancers.answering` finds, and those on other ports whose URL map names it.
        Where no map names it, SSL proxies whose certificates cover it are meant as well. An address is served by
        whatever has it; a name that Cloud Run itself serves by none. `ANY_HOST` is served by all that take any.
        """
        if is_address(host):
            return self.at(host, _HTTPS)
        if self._balancers.mapping(host):
            return ()
        ways = ((front, front.way(host)) for front in self._balancers.elsewhere)
        elsewhere = (front for front, way in ways if way.named or (host == ANY_HOST and way.claimed))
        found = tuple(_of_front(front) for front in (*self._balancers.answering(host), *elsewhere))
        if any(one.names(host) for one in found):
            return found
        return (*found, *(one for one in self._ssl if self._covers(one, host)))

    def perhaps_mapped(self, host: str) -> bool:
        """Whether Cloud Run itself may serve the host instead, which no URL map names."""
        return not is_address(host) and self._balancers.perhaps_mapped(host) is not None

    def at(self, address: str, port: int) -> tuple[TlsEndpoint, ...]:
        """The endpoints with this address and port; several where networks repeat an internal address."""
        wanted = packed(address)
        here = (one for one in self._every() if is_address(one.address) and packed(one.address) == wanted)
        return tuple(msgspec.structs.replace(one, port=port) for one in here if one.rule.answers(port))

    def selection(self, endpoint: TlsEndpoint, host: str) -> Selection:
        """What a client is answered that asks the endpoint for the host; "" and addresses ask for no name."""
        return self._certificates.selection(endpoint.proxy, host)

    def _every(self) -> Iterator[TlsEndpoint]:
        yield from map(_of_front, (*self._balancers.fronts, *self._balancers.elsewhere))
        yield from self._ssl

    def _covers(self, endpoint: TlsEndpoint, host: str) -> bool:
        return any(one.covers(host) for one in self._certificates.presented(endpoint.proxy, host).held)


def _of_front(front: Front) -> TlsEndpoint:
    return TlsEndpoint(rule=front.rule, proxy=front.proxy, port=_port(front.rule), url_map=front.url_map)


def _port(rule: ForwardingRule) -> int:
    """443 where the rule takes it, else the first that it takes."""
    if rule.answers(_HTTPS):
        return _HTTPS
    ports = [int(port) for port in (rule.port_range.partition("-")[0], *rule.ports) if port.isdigit()]
    return min(ports, default=0)
