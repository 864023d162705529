"""`network.prediction`: what probes saw is what the model predicts, or the finding says that one is wrong."""

from __future__ import annotations

import msgspec
import pytest

from checks.network.prediction import prediction
from tests.builders import connector, firewalls, network, redis, rule, service, sql, tcp, template, variable
from tests.gcp.paths.worlds import healthy
from tests.judging import ACME, codes, verdicts
from validator.check import Environment, Proof, Undecided, Violation
from validator.gcp.observed.redis import RedisPing
from validator.gcp.observed.sql import SqlConnection
from validator.model.environment import Probing
from validator.model.resource import Resource
from validator.model.run import NetworkInterface, Service, VpcAccess

HOST = "10.166.204.83"
UNREAD = "projects/elsewhere/regions/us-central1/subnetworks/apps"
ELSEWHERE = (connector(network="other"), network("other"))
DENY = firewalls(rule("deny", allowed=(), denied=tcp("6379"), priority=10))
HALF = firewalls(rule("half", allowed=(), denied=tcp("6379"), source_ranges=("10.2.0.8/29",), priority=10))


def speaking(name: str = "REDIS_HOST", value: str = HOST, **changes: object) -> Service:
    """The service with this variable."""
    return service(template=template(variable(name, value), **changes))


def ping(host: str = HOST, **changes: object) -> RedisPing:
    """An endpoint that answered every PING from inside, unless something else is said."""
    fields: dict[str, object] = {"host": host, "port": 6379, "vantage": "vpc", "sent": 10, "answered": 10}
    return RedisPing(name=f"{host}:6379", project="acme", **(fields | changes))  # type: ignore[arg-type]


def silent(failure: str = "TIMED_OUT", host: str = HOST, **changes: object) -> RedisPing:
    """An endpoint that gave nothing back."""
    return ping(host, sent=0, answered=0, failure=failure, **changes)


PASSES: dict[str, tuple[Service, tuple[Resource, ...]]] = {
    "predicted to arrive, and answered": (speaking(), (ping(),)),
    "predicted to arrive, and refused by the host itself": (speaking(), (silent("REFUSED"),)),
    "predicted to die, and silent": (speaking(), (silent(), *ELSEWHERE)),
    "predicted to die at a firewall, and silent": (speaking(), (silent(), DENY)),
    "predicted to arrive from some addresses only, and silent": (speaking(), (silent(), HALF)),
    "predicted to arrive from some addresses only, and answered": (speaking(), (ping(), HALF)),
    "an address that nobody has, and silent": (speaking(value="10.166.204.99"), (silent(host="10.166.204.99"),)),
    "a database, predicted to arrive, and connected": (
        speaking("DB_HOST", "10.20.0.3"),
        (sql(), SqlConnection(name="10.20.0.3:5432", host="10.20.0.3", port=5432, vantage="vpc", connected=True)),
    ),
}


@pytest.mark.parametrize(("subject", "others"), PASSES.values(), ids=list(PASSES))
def test_passes(subject: Service, others: tuple[Resource, ...]) -> None:
    found = verdicts(prediction, subject, *healthy(subject, *others))
    assert [type(one) for one in found] == [Proof], found


FAILS: dict[str, tuple[Service, tuple[Resource, ...], str]] = {
    "predicted to arrive, but silent": (speaking(), (silent(),), "PREDICTED_REACHABLE_BUT_SILENT"),
    "predicted to die on another network, but answered": (
        speaking(), (ping(), *ELSEWHERE), "PREDICTED_UNREACHABLE_BUT_ANSWERS",
    ),
    "predicted to die at a firewall, but refused by the host": (
        speaking(), (silent("REFUSED"), DENY), "PREDICTED_UNREACHABLE_BUT_ANSWERS",
    ),
    "a database, predicted to arrive, but silent": (
        speaking("DB_HOST", "10.20.0.3"),
        (sql(), SqlConnection(name="10.20.0.3:5432", host="10.20.0.3", port=5432, vantage="vpc", failure="TIMED_OUT")),
        "PREDICTED_REACHABLE_BUT_SILENT",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("subject", "others", "code"), FAILS.values(), ids=list(FAILS))
def test_fails(subject: Service, others: tuple[Resource, ...], code: str) -> None:
    assert codes(prediction, subject, *healthy(subject, *others)) == [code]


SKIPS: dict[str, tuple[Service, tuple[Resource, ...], str]] = {
    "a service without a flow that is probed": (service(template=template()), (ping(),), "NO_PROBED_FLOW"),
    "an endpoint that was not probed": (speaking(), (), "NO_PROBED_FLOW"),
    "a probe from outside": (speaking(), (silent("OUT_OF_REACH", vantage="outside"),), "NOTHING_OBSERVED"),
    "a probe that sent no packet": (speaking(), (silent("DNS_TIMED_OUT"),), "NOTHING_OBSERVED"),
    "a flow that the model leaves open": (
        speaking(vpc_access=VpcAccess(network_interfaces=(NetworkInterface(subnetwork=UNREAD),))),
        (ping(),),
        "NOTHING_PREDICTED",
    ),
}


@pytest.mark.parametrize(("subject", "others", "code"), SKIPS.values(), ids=list(SKIPS))
def test_skips_what_only_one_of_the_two_speaks_of(subject: Service, others: tuple[Resource, ...], code: str) -> None:
    assert codes(prediction, subject, *healthy(subject, *others)) == [code]


def from_the(source: str) -> Environment:
    return msgspec.structs.replace(ACME, probes=Probing(source=source))


def test_the_prediction_is_for_the_machine_that_probed_where_that_is_declared() -> None:
    subject = speaking()
    rows = healthy(subject, silent(), connector("away", network="other"), network("other"))
    assert codes(prediction, subject, *rows, environment=from_the("connector/away")) == []
    assert codes(prediction, subject, *rows) == ["PREDICTED_REACHABLE_BUT_SILENT"]


def test_a_contradiction_shows_both_sides_and_the_command_that_traces_the_flow() -> None:
    subject = speaking()
    (found,) = verdicts(prediction, subject, *healthy(subject, silent(), redis()))
    assert isinstance(found, Violation)
    assert found.message == (
        "REDIS_HOST=10.166.204.83, from run/backend: predicted REACHABLE, but 10.166.204.83:6379 stays "
        "silent (TIMED_OUT). One of the two is wrong."
    )
    assert found.fix is not None
    assert found.fix.gcloud == (
        "validate-infra path --env=staging --from=run/backend --to=redis/us-central1/cache --port=6379",
    )


def test_the_command_names_the_project_where_the_environment_has_no_name() -> None:
    subject = speaking(value="10.166.204.83")
    nameless = Environment(project="acme", regions=("us-central1",))
    (found,) = verdicts(prediction, subject, *healthy(subject, silent()), environment=nameless)
    assert isinstance(found, Violation)
    assert found.fix is not None
    assert "--project=acme --from=run/backend" in found.fix.gcloud[0]


def test_a_source_that_does_not_exist_predicts_nothing() -> None:
    subject = speaking()
    for seen in (silent(), ping()):
        (found,) = verdicts(prediction, subject, *healthy(subject, seen), environment=from_the("connector/stagng"))
        assert isinstance(found, Undecided)
        assert found.code == "SOURCE_NOT_FOUND"
        assert "connector/stagng does not exist; there is connector/staging" in found.message


PROOFS: dict[str, tuple[tuple[Resource, ...], str]] = {
    "arrives": ((ping(),), "predicted REACHABLE, and 10.166.204.83:6379 answers: model and probe agree; REDIS_HOST="),
    "is lost": (
        (silent(), *ELSEWHERE),
        "predicted UNREACHABLE (GOOGLE_MANAGED_SERVICE_NO_PEERING), and 10.166.204.83:6379 stays silent (TIMED_OUT): ",
    ),
    "is lost in part": (
        (ping(), HALF), "predicted AMBIGUOUS (FIREWALL_RULE), and 10.166.204.83:6379 answers: either may be; ",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("others", "start"), PROOFS.values(), ids=list(PROOFS))
def test_a_proof_begins_with_what_was_predicted_and_seen(others: tuple[Resource, ...], start: str) -> None:
    subject = speaking()
    (found,) = verdicts(prediction, subject, *healthy(subject, *others))
    assert found.message.startswith(start)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (silent("OUT_OF_REACH", vantage="outside"), "the probe was not made inside the VPC"),
        (silent("DNS_TIMED_OUT"), "the probe sent no packet there (DNS_TIMED_OUT)"),
    ],
)
def test_what_was_not_observed_is_told_apart(row: RedisPing, reason: str) -> None:
    subject = speaking()
    (found,) = verdicts(prediction, subject, *healthy(subject, row))
    assert found.message.endswith(f": {reason}")
