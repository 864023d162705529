"""Commands and Terraform that show a certificate, or give a proxy or a certificate map one that names a host.

https://cloud.google.com/sdk/gcloud/reference/compute/ssl-certificates
https://cloud.google.com/sdk/gcloud/reference/certificate-manager
"""

from __future__ import annotations

import re
import shlex

from validator.gcp.certificates.held import Held
from validator.gcp.certificates.selection import Proxy
from validator.model.loadbalancer import TargetSslProxy
from validator.model.resource import last


def describe(held: Held) -> str:
    """The command that shows the certificate."""
    place = held.location
    if held.classic:
        scope = "--global" if place == "global" else f"--region={place}"
        return f"gcloud compute ssl-certificates describe {held.short} {scope} --project={held.project}"
    return f"gcloud certificate-manager certificates describe {held.short} --location={place} --project={held.project}"


def create_again(held: Held) -> str:
    """The command that creates a managed certificate of the same domains under a new name."""
    name, project = f"{held.short}-2", f"--project={held.project}"
    domains = f"--domains={shlex.quote(','.join(held.names))}"
    if held.classic:
        return f"gcloud compute ssl-certificates create {name} {domains} --global {project}"
    authorized = "--dns-authorizations=AUTHORIZATIONS " if held.dns_authorized else ""
    place = f"--location={held.location}"
    return f"gcloud certificate-manager certificates create {name} {domains} {authorized}{place} {project}"


def authorize_by_dns(held: Held) -> tuple[str, ...]:
    """Those that have the certificate's names issued by Certificate Manager, which needs DNS for a wildcard."""
    project = f"--project={held.project}"
    parents = dict.fromkeys(name.removeprefix("*.") for name in held.names)
    proofs = [
        f"gcloud certificate-manager dns-authorizations create {named_for(name)} --domain={shlex.quote(name)} {project}"
        for name in parents
    ]
    flags = f"--domains={shlex.quote(','.join(held.names))} --dns-authorizations={','.join(map(named_for, parents))}"
    return (*proofs, f"gcloud certificate-manager certificates create {held.short}-2 {flags} {project}")


def attach(proxy: Proxy, host: str, there: str) -> tuple[str, ...]:
    """Those that add a classic certificate to a global proxy's list; `there` is one that exists, or ""."""
    name, project = there or named_for(host), f"--project={proxy.project}"
    create = f"gcloud compute ssl-certificates create {name} --domains={shlex.quote(host)} --global {project}"
    listed = ",".join((*(last(text) for text in proxy.ssl_certificates), name))
    update = _update(proxy, f"--ssl-certificates={listed}")
    return (update,) if there else (create, update)


def drop_list(proxy: Proxy) -> str:
    """The command that empties the list of a proxy with a certificate map."""
    return _update(proxy, "--clear-ssl-certificates")


def authorize(host: str, project: str) -> tuple[str, ...]:
    """Those that have Certificate Manager issue a certificate for the host; a wildcard is authorised by DNS."""
    create = f"gcloud certificate-manager certificates create {named_for(host)} --domains={shlex.quote(host)}"
    if not host.startswith("*."):
        return (f"{create} --project={project}",)
    parent, proof = host.removeprefix("*."), f"auth-{named_for(host)}"[:60]
    asked = f"gcloud certificate-manager dns-authorizations create {proof} --domain={shlex.quote(parent)}"
    return (f"{asked} --project={project}", f"{create} --dns-authorizations={proof} --project={project}")


def add_entry(map_name: str, project: str, host: str, there: str) -> tuple[str, ...]:
    """Those that give a certificate map an entry for the host; `there` is a certificate that exists, or ""."""
    name = there or named_for(host)
    flags = f"--map={map_name} --hostname={shlex.quote(host)} --certificates={name} --project={project}"
    entry = f"gcloud certificate-manager maps entries create {named_for(host)} {flags}"
    return (entry,) if there else (*authorize(host, project), entry)


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


def _update(proxy: Proxy, flag: str) -> str:
    """What changes a global proxy; SSL proxies know no other and take no `--global`."""
    if isinstance(proxy, TargetSslProxy):
        return f"gcloud compute target-ssl-proxies update {proxy.short} {flag} --project={proxy.project}"
    return f"gcloud compute target-https-proxies update {proxy.short} {flag} --global --project={proxy.project}"


def _block(kind: str, label: str, *lines: str) -> str:
    return "\n".join((f'resource "{kind}" "{label}" {{', *(f"  {line}" for line in lines), "}"))
