"""What of a record set is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from validator.model.dns import DnsRecordSet

HIDDEN = '"site-verification=hidden"'


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"rrdatas": [HIDDEN]}, id="plain"),
        pytest.param({"routingPolicy": {"wrr": {"items": [{"weight": 1.0, "rrdatas": [HIDDEN]}]}}}, id="weighted"),
        pytest.param({"routingPolicy": {"geo": {"items": [{"location": "x", "rrdatas": [HIDDEN]}]}}}, id="by place"),
    ],
)
def test_the_text_of_a_text_record_is_dropped(data: dict[str, Any]) -> None:
    raw = {"name": "acme.example.", "type": "TXT", "ttl": 300, **data}
    record = msgspec.convert(DnsRecordSet.prepare(raw), DnsRecordSet)
    assert b"hidden" not in msgspec.json.encode(record)
    assert (record.name, record.type, record.ttl) == ("acme.example.", "TXT", 300)


def test_the_addresses_of_other_records_are_kept() -> None:
    policy = {"wrr": {"items": [{"weight": 1.0, "rrdatas": ["10.0.0.1"]}]}}
    raw = {"name": "acme.example.", "type": "A", "rrdatas": ["10.0.0.2"], "routingPolicy": policy}
    record = msgspec.convert(DnsRecordSet.prepare(raw), DnsRecordSet)
    assert (record.rrdatas, record.routing_policy) == (("10.0.0.2",), policy)
