"""Commands and Terraform that show a certificate, or give a proxy or a certificate map one that names a host.

https://cloud.google.com/sdk/gcloud/reference/compute/ssl-certificates
https://cloud.google.com/sdk/gcloud/reference/certificate-manager
"""

from __future__ import annotations

import re
import shlex

from validator.gcp.certificates import Held
from validator.model.loadbalancer import TargetHttpsProxy
from validator.model.resource import last


def describe(held: Held, project: str) -> str:
    """The command that shows the certificate."""
    found = re.search(r"/(?:regions|locations)/([^/]+)/", held.path)
    place = found.group(1) if found else ""
    if held.classic:
        scope = f"--region={place}" if place else "--global"
        return f"gcloud compute ssl-certificates describe {held.short} {scope} --project={project}"
    return f"gcloud certificate-manager certificates describe {held.short} --location={place} --project={project}"


def attach(proxy: TargetHttpsProxy, host: str, there: str) -> tuple[str, ...]:
    """Those that add a classic certificate to a global proxy's list; `there` is one that exists, or ""."""
    name, project = there or named_for(host), f"--project={proxy.project}"
    create = f"gcloud compute ssl-certificates create {name} --domains={shlex.quote(host)} --global {project}"
    listed = ",".join((*(last(text) for text in proxy.ssl_certificates), name))
    update = f"gcloud compute target-https-proxies update {proxy.short} --ssl-certificates={listed} --global {project}"
    return (update,) if there else (create, update)


def add_entry(map_name: str, project: str, host: str, there: str) -> tuple[str, ...]:
    """Those that give a certificate map an entry for the host; `there` is a certificate that exists, or ""."""
    name, quoted = there or named_for(host), shlex.quote(host)
    create = f"gcloud certificate-manager certificates create {name} --domains={quoted} --project={project}"
    flags = f"--map={map_name} --hostname={quoted} --certificates={name} --project={project}"
    entry = f"gcloud certificate-manager maps entries create {named_for(host)} {flags}"
    return (entry,) if there else (create, entry)


def terraform_certificate(host: str) -> str:
    """A managed classic certificate for the host, and where to put its id."""
    label = named_for(host).replace("-", "_")
    lines = (f'name = "{named_for(host)}"', f'managed {{ domains = ["{host}"] }}')
    block = _block("google_compute_managed_ssl_certificate", label, *lines)
    return f"{block}\n# add google_compute_managed_ssl_certificate.{label}.id to the proxy's ssl_certificates"


def terraform_entry(map_name: str, host: str, there: str) -> str:
    """A map entry for the host."""
    certificate = (there or named_for(host)).replace("-", "_")
    return _block(
        "google_certificate_manager_certificate_map_entry",
        named_for(host).replace("-", "_"),
        f'name         = "{named_for(host)}"',
        f'map          = "{map_name}"',
        f'hostname     = "{host}"',
        f"certificates = [google_certificate_manager_certificate.{certificate}.id]",
    )


def named_for(host: str) -> str:
    """A resource name made of the host: "cert-api-example-com"."""
    return re.sub(r"[^a-z0-9]+", "-", f"cert-{host.lower()}")[:60].strip("-")


def _block(kind: str, label: str, *lines: str) -> str:
    return "\n".join((f'resource "{kind}" "{label}" {{', *(f"  {line}" for line in lines), "}"))
