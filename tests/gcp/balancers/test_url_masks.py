"""What a URL mask reads out of a host."""

from __future__ import annotations

import pytest

from validator.gcp.balancers.url_masks import resolved
from validator.model.loadbalancer import NegCloudRun

#: Mask, service and tag beside it, host; the service and tag that are read, or None.
MASKS: dict[str, tuple[NegCloudRun, str, tuple[str, str] | None]] = {
    "no mask": (NegCloudRun(service="api", tag="green"), "x.example.com", ("api", "green")),
    "neither mask nor service": (NegCloudRun(), "x.example.com", None),
    "the service in the host": (NegCloudRun(url_mask="<service>.example.com"), "api.example.com", ("api", "")),
    "the host in another case": (NegCloudRun(url_mask="<service>.Example.com"), "API.example.COM.", ("api", "")),
    "a part of a label": (NegCloudRun(url_mask="<service>-eu.example.com/"), "api-eu.example.com", ("api", "")),
    "service and tag in labels of their own": (
        NegCloudRun(url_mask="<tag>.<service>.example.com"),
        "green.api.example.com",
        ("api", "green"),
    ),
    "the tag in the host, the service by name": (
        NegCloudRun(service="api", url_mask="<tag>.example.com"),
        "green.example.com",
        ("api", "green"),
    ),
    "the service in the path": (NegCloudRun(url_mask="example.com/<service>"), "example.com", None),
    "the service in the path of any host": (NegCloudRun(url_mask="/<service>"), "example.com", None),
    "the tag in the host, the service in the path": (
        NegCloudRun(url_mask="<tag>.example.com/<service>"),
        "green.example.com",
        None,
    ),
    "both in one label": (NegCloudRun(url_mask="<tag>-<service>.example.com"), "a-b.example.com", None),
    "a host that does not fit": (NegCloudRun(url_mask="<service>.example.com"), "a.b.example.com", None),
    "a host of another domain": (NegCloudRun(url_mask="<service>.example.com"), "api.example.org", None),
    "a wildcard": (NegCloudRun(url_mask="<service>.example.com"), "*.example.com", None),
    "dots that are dots": (NegCloudRun(url_mask="<service>.example.com"), "api.exampleXcom", None),
}


@pytest.mark.parametrize(("run", "host", "read"), MASKS.values(), ids=MASKS)
def test_what_is_read(run: NegCloudRun, host: str, read: tuple[str, str] | None) -> None:
    found = resolved(run, host)
    assert ((found.service, found.tag) if found else None) == read
