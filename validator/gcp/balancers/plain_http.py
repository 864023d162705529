"""What answers plain HTTP on the addresses of load balancers, and whether it sends clients on to HTTPS.

https://cloud.google.com/load-balancing/docs/https/setting-up-http-https-redirect
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from validator.gcp.balancers.scoping import beside
from validator.gcp.balancers.url_maps import Step, steps
from validator.gcp.names import Names
from validator.model.loadbalancer import ForwardingRule, TargetHttpProxy, UrlMap
from validator.model.resource import last
from validator.model.table import Table

#: Where certificate authorities look for their challenges, which must not be redirected for all of them.
#: https://www.rfc-editor.org/rfc/rfc8615
_WELL_KNOWN = "/.well-known/"


class PlainFront(msgspec.Struct, frozen=True, kw_only=True):
    """A forwarding rule on 80, the HTTP proxy behind it and that one's URL map."""

    rule: ForwardingRule
    proxy: TargetHttpProxy
    url_map: UrlMap


class PlainFronts:
    """A fact: the fronts on 80."""

    def __init__(self, fronts: tuple[PlainFront, ...]) -> None:
        self._fronts = fronts

    @classmethod
    def derive(
        cls,
        *,
        names: Names,
        rules: Table[ForwardingRule],
        proxies: Table[TargetHttpProxy],
        url_maps: Table[UrlMap],
    ) -> PlainFronts:
        """From everything in front of backends that takes plain HTTP."""
        by_path = {names.full(row.path, row.project, ""): row for row in proxies}
        maps = {names.full(row.path, row.project, ""): row for row in url_maps}
        found = []
        for rule in rules:
            proxy = by_path.get(names.full(rule.target, rule.project, beside(rule, "targetHttpProxies")))
            url_map = maps.get(names.full(proxy.url_map, proxy.project, beside(proxy, "urlMaps"))) if proxy else None
            if proxy and url_map and rule.answers(80):
                found.append(PlainFront(rule=rule, proxy=proxy, url_map=url_map))
        return cls(tuple(found))

    def beside(self, rule: ForwardingRule) -> Iterator[PlainFront]:
        """Those on the address of another forwarding rule."""
        yield from (one for one in self._fronts if rule.ip_address and one.rule.ip_address == rule.ip_address)


def left_plain(front: PlainFront, host: str) -> tuple[str, ...]:
    """What answers the host's requests without sending them on to HTTPS: backends, or a redirect; each once.

    Paths of well-known URIs are left out.
    """
    return tuple(dict.fromkeys(words for step in steps(front.url_map, host) for words in _left(step)))


def _left(step: Step) -> Iterator[str]:
    if step.paths and all(path.startswith(_WELL_KNOWN) for path in step.paths):
        return
    if step.redirect is None:
        yield from map(last, step.services)
    elif not step.redirect.https_redirect:
        yield f"a redirect to http://{step.redirect.host_redirect or 'the same host'}"
