"""How a proxy is given a certificate that covers a host.

https://cloud.google.com/load-balancing/docs/ssl-certificates
https://cloud.google.com/certificate-manager/docs/maps
"""

from __future__ import annotations

from validator.gcp.certificates.commands import (
    add_entry,
    attach,
    authorize,
    terraform_certificate,
    terraform_entry,
)
from validator.gcp.certificates.held import Held
from validator.gcp.certificates.selection import Proxy
from validator.model.endpoints import is_address
from validator.model.fix import Fix
from validator.model.resource import last


def cover(proxy: Proxy, map_path: str, host: str, there: Held | None) -> Fix:
    """What to do about a host that the proxy's map, or its list where it has none, does not cover.

    Args:
        proxy: the proxy.
        map_path: full name of its certificate map, or "".
        host: a name, an address or the wildcard of a host rule.
        there: a certificate that covers the host and only needs attaching, or None.
    """
    name = there.short if there else ""
    if host.startswith("*"):
        host = f"*.{host.partition('.')[2]}"
    if map_path:
        return Fix(
            summary=f"Give the map an entry for {host}.",
            gcloud=add_entry(last(map_path), proxy.project, host, name),
            terraform=terraform_entry(last(map_path), host, name),
        )
    classic = all("/sslCertificates/" in text for text in proxy.ssl_certificates) and (not there or there.classic)
    if not classic or proxy.location not in ("", "global") or is_address(host):
        return Fix(summary=f"Attach a certificate that names {host} to {proxy.short}, beside those it has.")
    if host.startswith("*") and not there:
        return _wildcard(proxy, host)
    return Fix(
        summary=f"Attach a certificate that names {host}; the old ones stay in the list.",
        gcloud=attach(proxy, host, name),
        terraform=terraform_certificate(host),
    )


def _wildcard(proxy: Proxy, host: str) -> Fix:
    """Compute's managed certificates hold no wildcard, and its list none of Certificate Manager's beside them."""
    return Fix(
        summary=(
            f"Upload a certificate that names {host} and attach it; or have Certificate Manager issue one by DNS, and"
            f" give {proxy.short} a certificate map that holds all its names."
        ),
        gcloud=authorize(host, proxy.project),
    )
