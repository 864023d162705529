"""Redirects that lead from host to host and back, so that a browser gives up.

https://cloud.google.com/load-balancing/docs/https/setting-up-http-https-redirect
"""

from __future__ import annotations

from collections.abc import Sequence

from validator.gcp.balancers.backends import Backends
from validator.gcp.balancers.loadbalancers import Front
from validator.gcp.balancers.url_maps import Step, Strength, steps
from validator.gcp.certificates.names import normal
from validator.model.loadbalancer import UrlMap

#: Browsers follow some more; whoever chains more hosts than this knows why.
_MOST = 8


def circle(step: Step, host: str, front: Front, backends: Backends) -> tuple[str, ...]:
    """The hosts that whoever asks for this part of the host is sent round, the last one being met before; () for none.

    Only hosts that this project is known to serve are followed: those that a host rule names outright, or that the
    environment declares. Another host may be led elsewhere by DNS.
    """
    way = [normal(host)]
    here: Step | None = _same_part(step, steps(front.url_map, host)) if front.url_map else None
    while here and len(way) <= _MOST:
        there = _sent_to(here)
        if not there:
            return ()
        if there in way:
            return (*way, there) if len(way) > 1 else ()
        way.append(there)
        url_map = _map_of(there, backends)
        here = _same_part(here, steps(url_map, there)) if url_map else None
    return ()


def _sent_to(step: Step) -> str:
    """The host that the redirect keeps all but the host of a URL for; "" where it does something else."""
    sent = step.redirect
    if sent is None or sent.path_redirect or sent.prefix_redirect:
        return ""
    name, _, port = sent.host_redirect.partition(":")
    return normal(name) if port in ("", "443") else ""


def _map_of(host: str, backends: Backends) -> UrlMap | None:
    """The one URL map that is known to answer the host; None for none, or several."""
    fronts = [front for front in backends.balancers.answering(host) if front.url_map]
    maps = {front.url_map.path: front.url_map for front in fronts if front.url_map}
    sure = backends.declares(host) or all(front.way(host).strength is Strength.EXACT for front in fronts)
    return next(iter(maps.values())) if sure and len(maps) == 1 else None


def _same_part(step: Step, known: Sequence[Step]) -> Step | None:
    """What takes the same requests of another host for certain; None where other conditions than the path may decide.

    The first of the steps is what is left over.
    """
    if step.conditional or not known or any(one.conditional for one in known):
        return None
    if step.paths:
        alike = [one for one in known if one.paths == step.paths]
        return alike[0] if alike else known[0] if len(known) == 1 else None
    return None if any("/*" in one.paths for one in known) else known[0]
