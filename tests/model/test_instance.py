"""What of a VM is kept, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from validator.collect.decode import decode
from validator.collect.errors import MalformedAnswer
from validator.model.instance import Instance
from validator.model.resource import target

CALL = target("acme", project="acme")
MANAGER = "projects/123456789/zones/us-central1-a/instanceGroupManagers/web"
RAW: dict[str, Any] = {
    "name": "web-x1z9",
    "zone": "https://www.googleapis.com/compute/v1/projects/acme/zones/us-central1-a",
    "selfLink": "https://www.googleapis.com/compute/v1/projects/acme/zones/us-central1-a/instances/web-x1z9",
    "status": "RUNNING",
    "canIpForward": True,
    "tags": {"items": ["web", "https-server"], "fingerprint": "x"},
    "serviceAccounts": [{"email": "web@acme.iam.gserviceaccount.com", "scopes": ["https://a/cloud-platform"]}],
    "networkInterfaces": [
        {
            "name": "nic0",
            "network": "https://www.googleapis.com/compute/v1/projects/acme/global/networks/vpc",
            "networkIP": "10.1.0.7",
            "accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.9"}],
            "aliasIpRanges": [{"ipCidrRange": "10.4.0.0/24", "subnetworkRangeName": "pods"}],
        }
    ],
    "metadata": {
        "items": [
            {"key": "startup-script", "value": "export TOKEN=hunter2"},
            {"key": "created-by", "value": MANAGER},
        ]
    },
}


def read(**changes: Any) -> Instance:
    (vm,) = decode(Instance, Instance.KIND.reads[0], CALL, "zones/us-central1-a", RAW | changes)
    assert isinstance(vm, Instance)
    return vm


def test_what_selects_a_vm_and_where_it_stands_is_kept() -> None:
    vm = read()
    (interface,) = vm.network_interfaces
    assert sorted(vm.network_tags | vm.accounts) == ["https-server", "web", "web@acme.iam.gserviceaccount.com"]
    assert (vm.zone, vm.region, vm.can_ip_forward) == ("us-central1-a", "us-central1", True)
    assert (interface.network_ip, interface.access_configs[0].nat_ip) == ("10.1.0.7", "203.0.113.9")
    assert interface.alias_ip_ranges[0].ip_cidr_range == "10.4.0.0/24"
    assert vm.path == "projects/acme/zones/us-central1-a/instances/web-x1z9"


def test_of_the_metadata_only_the_maker_survives() -> None:
    vm = read()
    assert vm.created_by == MANAGER
    assert "hunter2" not in repr(vm)
    assert "hunter2" not in repr(Instance.prepare(RAW))


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(None, id="no metadata"),
        pytest.param({}, id="no items"),
        pytest.param({"items": [{"key": "created-by"}]}, id="a maker without a value"),
        pytest.param({"items": [{"key": "foo", "value": MANAGER}]}, id="another key"),
        pytest.param({"items": "created-by"}, id="items that are no list"),
        pytest.param({"items": ["created-by"]}, id="items that are no objects"),
    ],
)
def test_a_vm_that_no_group_made_has_no_maker(metadata: object) -> None:
    assert read(metadata=metadata).created_by == ""


def test_reshaping_twice_is_reshaping_once() -> None:
    once = Instance.prepare(RAW)
    assert Instance.prepare(once) == once


def test_tags_that_are_no_texts_are_refused() -> None:
    with pytest.raises(MalformedAnswer, match="web-x1z9"):
        read(tags={"items": [{"a": 1}]})
