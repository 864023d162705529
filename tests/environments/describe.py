"""Short ways to describe a resource as its API sends it."""

from __future__ import annotations

import zlib
from typing import Any

from tests.emulator.discovery import document
from tests.emulator.world import Described

PROJECT, NUMBER, REGION = "chat-staging", "411000000001", "us-central1"
REGIONS = (REGION, "us-east1", "europe-west1")
HOST_PROJECT, HOST_NUMBER = "chat-net-host", "411000000002"
COMPUTE = "https://www.googleapis.com/compute/v1/"
CREATED = "2026-03-02T09:15:00.000-08:00"


def compute(noun: str, collection: str, name: str, **fields: Any) -> Described:
    """A Compute Engine resource, with the fields that all of them have; `region` or `zone` as the collection has."""
    link = f"{COMPUTE}{collection}/{name}"
    where = collection.split("/")
    place = {"regions": "region", "zones": "zone"}.get(where[2]) if len(where) > 2 else None
    placed = {place: COMPUTE + "/".join(where[:4])} if place else {}
    described = Described(noun, collection, {})
    kind = document("compute", "v1")["schemas"][described.source.item]["properties"]["kind"]["default"]
    common = {"kind": kind, "id": str(zlib.crc32(link.encode())), "creationTimestamp": CREATED}
    return Described(noun, collection, {**common, "name": name, **fields, **placed, "selfLink": link})


def named(noun: str, collection: str, name: str, **fields: Any) -> Described:
    """A resource whose `name` is its full path."""
    return Described(noun, collection, {"name": f"{collection}/{name}", **fields})


def network_link(project: str, name: str) -> str:
    """How Compute Engine refers to a network."""
    return f"{COMPUTE}projects/{project}/global/networks/{name}"


def located(collection: str, location: str = REGION, project: str = PROJECT) -> str:
    """`projects/P/locations/L/COLLECTION`."""
    return f"projects/{project}/locations/{location}/{collection}"


def regional(collection: str, region: str = REGION, project: str = PROJECT) -> str:
    """`projects/P/regions/R/COLLECTION`."""
    return f"projects/{project}/regions/{region}/{collection}"


def zonal(collection: str, zone: str, project: str = PROJECT) -> str:
    """`projects/P/zones/Z/COLLECTION`."""
    return f"projects/{project}/zones/{zone}/{collection}"


def worldwide(collection: str, project: str = PROJECT) -> str:
    """`projects/P/global/COLLECTION`."""
    return f"projects/{project}/global/{collection}"
