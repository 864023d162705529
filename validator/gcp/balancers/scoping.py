"""Where the resources stand that a load balancer's parts refer to by name alone.

https://cloud.google.com/compute/docs/regions-zones/global-regional-zonal-resources
"""

from __future__ import annotations

from validator.model.resource import Resource


def beside(owner: Resource, collection: str) -> str:
    """`global/COLLECTION` or `regions/R/COLLECTION`, as the owner is global or of a region."""
    where = owner.location or "global"
    return f"global/{collection}" if where == "global" else f"regions/{where}/{collection}"


def scope_flag(owner: Resource) -> str:
    """How gcloud is told where a load balancer's part is: `--global` or `--region=R`."""
    where = owner.location or "global"
    return "--global" if where == "global" else f"--region={where}"
