"""Which forwarding rules on 443 a name may lead to.

https://cloud.google.com/load-balancing/docs/url-map-concepts
"""

from __future__ import annotations

import msgspec

from validator.gcp.balancers.loadbalancers import Front, LoadBalancers
from validator.gcp.certificates.endpoints import TlsEndpoints
from validator.gcp.certificates.selection import Certificates
from validator.model.loadbalancer import ForwardingRule


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Forwarding rules of a name."""

    #: Those that are meant for it, and those that take any name and show it a certificate that covers it.
    rules: tuple[ForwardingRule, ...] = ()
    #: Those that take any name, and of which it is not known what they show it.
    doubtful: tuple[ForwardingRule, ...] = ()


def served(name: str, endpoints: TlsEndpoints, balancers: LoadBalancers, certificates: Certificates) -> Served:
    """The rules that serve the name; what takes any name with another name's certificate is none of them.

    What takes any name counts only beside rules that are meant for it: a domain that Cloud Run maps has none. Where a
    URL map names it, one that answers it less tellingly counts only if it leads it to the same services.
    """
    meant = [one.rule for one in endpoints.serving(name) if one.rule.answers(443)]
    naming = [front for front in balancers.fronts if front.rule in meant and front.way(name).named]
    doubtful = []
    for front in balancers.fronts if meant else ():
        if front.rule not in meant and front.way(name).claimed and _is_like(front, naming, name, balancers):
            shown = certificates.selection(front.proxy, name)
            if shown.doubt:
                doubtful.append(front.rule)
            elif shown.candidates and all(one.covers(name) for one in shown.candidates):
                meant.append(front.rule)
    return Served(rules=tuple(dict.fromkeys(meant)), doubtful=tuple(doubtful))


def _is_like(front: Front, naming: list[Front], name: str, balancers: LoadBalancers) -> bool:
    """Whether it does with the name what one of the fronts does that name it; where none does, any may be meant."""
    return not naming or balancers.behind(front, name) in [balancers.behind(one, name) for one in naming]
