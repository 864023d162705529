"""A report as the incident gives it, which the golden files show."""

from __future__ import annotations

import datetime as dt

from validator.check import Fix, Severity
from validator.engine.findings import Finding, Report, Source, Status

TAKEN = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)
TITLES = {
    "connector.ready": "A connector is ready and of the declared network.",
    "network.exists": "A declared network exists.",
}
NETWORK = "projects/chat-staging/global/networks/chat-vpc"
CONNECTOR = "projects/chat-staging/locations/us-central1/connectors/chat-connector"
REDIS = "projects/chat-staging/locations/us-central1/instances/chat-redis"
SERVICE = "projects/chat-staging/locations/us-central1/services/chat-api"


def finding(status: Status = Status.PASS, **fields: object) -> Finding:
    """A finding in which only what is given matters."""
    plain = {"rule": "some-rule", "check": "some.check", "severity": Severity.ERROR, "subject": "vm/a"}
    return Finding(status=status, **{**plain, **fields})  # type: ignore[arg-type]


def report(*findings: Finding, **fields: object) -> Report:
    """A report of the findings, in the order given."""
    plain = {
        "version": "0.1.0",
        "environment": "staging",
        "project": "chat-staging",
        "source": Source(kind="live", taken_at=TAKEN),
        "fail_on": Severity.ERROR,
        "titles": TITLES,
    }
    return Report(findings=findings, **{**plain, **fields})  # type: ignore[arg-type]


def incident() -> Report:
    """Four faults, two rules that only look useful, an unread API, and everything else in order."""
    return report(
        *_passes(),
        *_failures(),
        *_undecided(),
        *_skipped(),
        *_waived(),
        source=Source(kind="snapshot", name="incident.json", taken_at=TAKEN),
        notes=("waiver of firewall-exposed for network/legacy at rules.yaml:41:5 met no failure; remove it",),
    )


def _passes() -> list[Finding]:
    rows = (
        ("connector-limits", "connector.limits", "connector/chat-connector", "2 to 3 instances of e2-micro"),
        ("connector-range", "connector.range", "connector/chat-connector", "10.2.0.0/28 is free in chat-vpc"),
        ("connector-ready", "connector.ready", "connector/chat-connector", ""),
        ("firewall-exposed", "firewall.exposure", "network/chat-vpc", "Nothing is open to the internet."),
        ("network-exists", "network.exists", "network/chat-vpc", ""),
        ("private-services", "network.private-services", "network/chat-vpc", "psa-range reserves 10.20.0.0/16."),
        ("redis-ready", "redis.ready", "redis/chat-redis", "READY, STANDARD_HA, Redis 7.2, AUTH on"),
        ("sql-private", "sql.private", "sql/chat-db", "Private address 10.20.1.5 in chat-vpc, TLS required."),
    )
    return [
        finding(rule=rule, check=check, subject=subject, message=message, evidence=(NETWORK,))
        for rule, check, subject, message in rows
    ]


def _failures() -> list[Finding]:
    return [_connector(), _redis_host(), _certificate(), _firewall(), _dead_rule()]


def _connector() -> Finding:
    return finding(
        Status.FAIL,
        rule="one-network",
        check="network.consistency",
        subject="connector/chat-connector",
        code="CONNECTOR_ON_ANOTHER_NETWORK",
        message="Connector chat-connector sits on default, but chat-redis and chat-db are reached through chat-vpc "
        "only. Peered networks do not pass traffic on.",
        evidence=(CONNECTOR, "network=projects/chat-staging/global/networks/default", REDIS),
        fix=Fix(
            summary="Recreate the connector on chat-vpc; its network cannot be changed.",
            gcloud=(
                (
                    "gcloud compute networks vpc-access connectors delete chat-connector --region=us-central1 "
                    "--project=chat-staging"
                ),
                (
                    "gcloud compute networks vpc-access connectors create chat-connector --region=us-central1 "
                    "--network=chat-vpc --range=10.2.0.0/28 --project=chat-staging"
                ),
            ),
            terraform='resource "google_vpc_access_connector" "chat" {\n  name          = "chat-connector"\n'
            '  network       = "chat-vpc"\n  ip_cidr_range = "10.2.0.0/28"\n}\n',
        ),
    )


def _redis_host() -> Finding:
    return finding(
        Status.FAIL,
        rule="redis-host",
        check="redis.endpoint",
        subject="run/chat-api",
        code="UNKNOWN_INTERNAL_ADDRESS",
        message="REDIS_HOST is 10.0.0.3, which no Redis instance has. chat-redis listens on 10.20.0.3:6379.",
        evidence=(SERVICE, "REDIS_HOST=10.0.0.3", REDIS, "host=10.20.0.3"),
        fix=Fix(
            summary="Point REDIS_HOST at chat-redis.",
            gcloud=(
                (
                    "gcloud run services update chat-api --update-env-vars=REDIS_HOST=10.20.0.3 --region=us-central1 "
                    "--project=chat-staging"
                ),
            ),
        ),
    )


def _certificate() -> Finding:
    return finding(
        Status.FAIL,
        rule="certificates",
        check="domain.certificate",
        subject="domain/api.staging.chat.example",
        code="CERTIFICATE_NAME_MISMATCH",
        message="No certificate of proxy chat-https covers api.staging.chat.example; chat-cert covers "
        "*.chat.example, and a wildcard stands for one label only.",
        evidence=("projects/chat-staging/global/sslCertificates/chat-cert",),
        fix=Fix(summary="Issue a certificate that names api.staging.chat.example and attach it to chat-https."),
    )


def _firewall() -> Finding:
    return finding(
        Status.FAIL,
        rule="connector-to-redis",
        check="firewall.coverage",
        subject="connector/chat-connector",
        code="FIREWALL_RULE",
        message="TCP 10.2.0.0 → 10.20.0.3:6379 is denied by deny-egress (priority 900), which comes before "
        "allow-redis (priority 1000).",
        evidence=("projects/chat-staging/global/firewalls/deny-egress",),
    )


def _dead_rule() -> Finding:
    return finding(
        Status.FAIL,
        rule="firewall-alive",
        check="firewall.alive",
        severity=Severity.WARNING,
        subject="firewall/allow-connector-redis",
        code="TARGET_TAG_UNUSED",
        message="allow-connector-redis applies to the tag redis, which nothing carries: it lets nothing through.",
        evidence=("projects/chat-staging/global/firewalls/allow-connector-redis",),
        fix=Fix(
            summary="Remove the rule, or say what it is for.",
            gcloud=("gcloud compute firewall-rules delete allow-connector-redis --project=chat-staging",),
        ),
    )


def _undecided() -> list[Finding]:
    cause = "not known: secrets of chat-staging could not be read: permission secretmanager.secrets.list is missing"
    fix = Fix(summary="Grant roles/secretmanager.viewer on chat-staging to the account that runs this.")
    secrets = "secrets of chat-staging: permission_denied"
    versions = "secret versions of chat-staging: permission_denied"
    refused = {"check": "run.ready", "code": "PERMISSION_DENIED", "fix": fix}
    return [
        finding(
            Status.UNKNOWN, rule="run-ready", subject="run/chat-api", message=cause, evidence=(secrets,), **refused
        ),
        finding(
            Status.UNKNOWN, rule="run-ready", subject="run/chat-worker", message=cause, evidence=(secrets,), **refused
        ),
        finding(
            Status.UNKNOWN,
            rule="secrets-fresh",
            subject="run/chat-api",
            message=f"{cause} (and 1 more read)",
            evidence=(secrets, versions),
            **refused,
        ),
        finding(
            Status.ERROR,
            rule="house-rule",
            check="house.rule",
            subject="network/chat-vpc",
            code="CHECK_CRASHED",
            message="check house.rule crashed: KeyError: 'region' (house/rule.py:17)",
            fix=Fix(summary="This is a defect of the check, not of your environment: please report it."),
        ),
    ]


def _skipped() -> list[Finding]:
    secret = "REDIS_URL comes from Secret Manager; its value is not read."
    return [
        finding(Status.SKIPPED, rule="redis-host", subject="run/chat-worker", code="SECRET_VALUE", message=secret),
        finding(
            Status.SKIPPED, rule="redis-ping", subject="redis/chat-redis", code="PROBE", message="needs --check-all"
        ),
        finding(
            Status.SKIPPED,
            rule="prod-ha",
            subject="*",
            code="OTHER_ENVIRONMENT",
            message="meant for prod, not for staging",
        ),
        finding(
            Status.SKIPPED,
            rule="prod-backup",
            subject="*",
            code="OTHER_ENVIRONMENT",
            message="meant for prod, not for staging",
        ),
    ]


def _waived() -> list[Finding]:
    return [
        finding(
            Status.WAIVED,
            rule="connector-range",
            subject="connector/legacy",
            code="RANGE_OVERLAPS",
            message="10.8.0.0/28 overlaps subnet legacy. (waived until 2027-01-31 by net@chat.example: OPS-12)",
        )
    ]
