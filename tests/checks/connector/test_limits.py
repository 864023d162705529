"""connector.limits keeps Google's limits and the house's."""

from __future__ import annotations

import pytest

from checks.connector.limits import ConnectorLimits, connector_limits
from tests.builders import connector
from tests.judging import verdicts
from validator.check import Proof, Severity, Undecided, Violation
from validator.model.connector import Connector

_PLAIN = ConnectorLimits()


def _by_throughput(least: int, most: int) -> Connector:
    return connector(min_instances=0, max_instances=0, min_throughput=least, max_throughput=most)


@pytest.mark.parametrize(
    ("subject", "params"),
    [
        pytest.param(connector(), _PLAIN, id="2 to 10 instances of e2-micro, throughput echoed beside them"),
        pytest.param(connector(min_instances=2, max_instances=3), _PLAIN, id="the smallest connector"),
        pytest.param(connector(min_instances=9, max_instances=10), _PLAIN, id="the largest connector"),
        pytest.param(
            connector(min_throughput=9999, max_throughput=1), _PLAIN, id="instances win over whatever throughput says"
        ),
        pytest.param(_by_throughput(200, 300), _PLAIN, id="throughput alone, smallest"),
        pytest.param(_by_throughput(900, 1000), _PLAIN, id="throughput alone, largest"),
        pytest.param(connector(min_instances=0, max_instances=3), _PLAIN, id="a minimum left out is 2"),
        pytest.param(connector(min_instances=9, max_instances=0), _PLAIN, id="a maximum left out is 10"),
        pytest.param(_by_throughput(0, 300), _PLAIN, id="a least throughput left out is 200"),
        pytest.param(_by_throughput(200, 0), _PLAIN, id="a most throughput left out is 300"),
        pytest.param(connector(machine_type=""), _PLAIN, id="no machine type means e2-micro"),
        pytest.param(
            connector(machine_type="e2-standard-4"), ConnectorLimits(production=True), id="fit for production"
        ),
        pytest.param(connector(min_instances=3), ConnectorLimits(min_instances=3), id="as many instances as declared"),
        pytest.param(
            connector(min_instances=0), ConnectorLimits(min_instances=2), id="a minimum left out is the declared 2"
        ),
        pytest.param(connector(max_instances=5), ConnectorLimits(max_instances=5), id="no more than declared"),
        pytest.param(connector("a" * 20), _PLAIN, id="a name of 20 characters"),
        pytest.param(connector("abcdefgh-ijklmnopq"), _PLAIN, id="a name of 19 with its hyphen counted twice"),
    ],
)
def test_passes(subject: Connector, params: ConnectorLimits) -> None:
    (found,) = verdicts(connector_limits, subject, params=params)
    assert isinstance(found, Proof)


@pytest.mark.parametrize(
    ("subject", "params", "code", "says"),
    [
        pytest.param(
            connector(min_instances=12, max_instances=120),
            _PLAIN,
            "CONNECTOR_INSTANCES_OUT_OF_RANGE",
            ["min_instances 12", "max_instances 120"],
            id="the incident's 12 to 120 instances",
        ),
        pytest.param(
            connector(min_instances=1),
            _PLAIN,
            "CONNECTOR_INSTANCES_OUT_OF_RANGE",
            ["min_instances 1"],
            id="fewer than two instances",
        ),
        pytest.param(
            connector(min_instances=10, max_instances=11),
            _PLAIN,
            "CONNECTOR_INSTANCES_OUT_OF_RANGE",
            ["min_instances 10", "max_instances 11"],
            id="one more than Google allows of each",
        ),
        pytest.param(
            connector(min_instances=5, max_instances=5),
            _PLAIN,
            "CONNECTOR_INSTANCES_OUT_OF_RANGE",
            ["max_instances 5, which must be more"],
            id="no room to grow",
        ),
        pytest.param(
            connector(min_instances=0, max_instances=11),
            _PLAIN,
            "CONNECTOR_INSTANCES_OUT_OF_RANGE",
            ["max_instances 11"],
            id="a maximum without a minimum is judged all the same",
        ),
        pytest.param(
            _by_throughput(200, 2400),
            _PLAIN,
            "CONNECTOR_THROUGHPUT_OUT_OF_RANGE",
            ["max_throughput 2400"],
            id="more throughput than Google gives",
        ),
        pytest.param(
            _by_throughput(250, 300),
            _PLAIN,
            "CONNECTOR_THROUGHPUT_OUT_OF_RANGE",
            ["min_throughput 250"],
            id="throughput is no multiple of 100",
        ),
        pytest.param(
            _by_throughput(500, 500),
            _PLAIN,
            "CONNECTOR_THROUGHPUT_OUT_OF_RANGE",
            ["max_throughput 500, which must be more"],
            id="equal throughputs",
        ),
        pytest.param(
            connector(machine_type="e2-standard-8"),
            _PLAIN,
            "CONNECTOR_MACHINE_TYPE_INVALID",
            ["'e2-standard-8'"],
            id="a machine type that is not offered",
        ),
        pytest.param(
            connector(),
            ConnectorLimits(machine_types=("e2-standard-4",)),
            "CONNECTOR_MACHINE_TYPE_UNEXPECTED",
            ["e2-standard-4"],
            id="a machine type the house does not use",
        ),
        pytest.param(
            connector(min_instances=0),
            ConnectorLimits(min_instances=3),
            "CONNECTOR_INSTANCES_UNEXPECTED",
            ["min_instances 2; declared are at least 3"],
            id="a minimum left out, which is less than declared",
        ),
        pytest.param(
            connector(),
            ConnectorLimits(min_instances=4),
            "CONNECTOR_INSTANCES_UNEXPECTED",
            ["at least 4"],
            id="fewer instances than declared",
        ),
        pytest.param(
            connector(),
            ConnectorLimits(max_instances=6),
            "CONNECTOR_INSTANCES_UNEXPECTED",
            ["at most 6"],
            id="more instances than declared",
        ),
        pytest.param(
            connector("a" * 26), _PLAIN, "CONNECTOR_NAME_INVALID", ["at most 25"], id="a name of 26 characters"
        ),
        pytest.param(connector("Staging"), _PLAIN, "CONNECTOR_NAME_INVALID", ["a-z"], id="a name with a capital"),
        pytest.param(
            connector("staging-"), _PLAIN, "CONNECTOR_NAME_INVALID", ["hyphen"], id="a name ending in a hyphen"
        ),
    ],
)
def test_fails(subject: Connector, params: ConnectorLimits, code: str, says: list[str]) -> None:
    found = verdicts(connector_limits, subject, params=params)
    violations = [one for one in found if isinstance(one, Violation)]
    assert len(violations) == len(found) == len(says)
    assert {one.code for one in violations} == {code}
    for one, words in zip(violations, says, strict=True):
        assert words in one.message
        assert one.severity is None
        assert one.fix is not None


@pytest.mark.parametrize(
    ("subject", "params", "code"),
    [
        pytest.param(
            connector(), ConnectorLimits(production=True), "CONNECTOR_MACHINE_TYPE_WEAK", id="e2-micro in production"
        ),
        pytest.param(
            connector(machine_type="f1-micro"),
            ConnectorLimits(production=True),
            "CONNECTOR_MACHINE_TYPE_WEAK",
            id="f1-micro in production",
        ),
        pytest.param(
            connector("abcdef-ghi-jklm-nop"), _PLAIN, "CONNECTOR_NAME_LONG", id="19 characters, 22 as counted"
        ),
        pytest.param(connector("a" * 21), _PLAIN, "CONNECTOR_NAME_LONG", id="21 characters"),
    ],
)
def test_warns(subject: Connector, params: ConnectorLimits, code: str) -> None:
    (found,) = verdicts(connector_limits, subject, params=params)
    assert isinstance(found, Violation)
    assert (found.code, found.severity) == (code, Severity.WARNING)


def test_undecided_where_neither_instances_nor_throughput_are_told() -> None:
    (found,) = verdicts(connector_limits, _by_throughput(0, 0), params=_PLAIN)
    assert isinstance(found, Undecided)


def test_the_proof_says_what_runs() -> None:
    (found,) = verdicts(connector_limits, connector(machine_type=""), params=_PLAIN)
    assert isinstance(found, Proof)
    assert found.message == "connector/staging runs 2 to 10 instances of e2-micro"
    assert "machineType=e2-micro" in found.evidence


def test_the_proof_of_one_sized_by_throughput_speaks_of_throughput() -> None:
    (found,) = verdicts(connector_limits, _by_throughput(200, 300), params=_PLAIN)
    assert isinstance(found, Proof)
    assert found.message == "connector/staging runs 200 to 300 Mbit/s on e2-micro"


def test_the_fix_updates_the_connector_in_place() -> None:
    found, _ = verdicts(connector_limits, connector(min_instances=12, max_instances=120), params=_PLAIN)
    assert isinstance(found, Violation)
    assert found.fix is not None
    (line,) = found.fix.gcloud
    assert line.endswith(
        "connectors update staging --region=us-central1 --project=acme --min-instances=2 --max-instances=10"
    )
    assert "max_instances = 10" in found.fix.terraform
    assert "maxInstances=120" in found.evidence
