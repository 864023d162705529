"""The project, its enabled APIs, the connector, Redis, Cloud SQL, the secrets and the services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.emulator.world import Described
from tests.environments.describe import NUMBER, PROJECT, REGION, REGIONS, compute, located, named
from tests.environments.network import CONNECTOR_RANGE, REDIS_HOST, REDIS_RANGE, VPC

#: Made up, and none of them may ever be seen outside the emulator.
SECRETS = {
    "redis": "v3ry-S3cret-R3dis-Pa55",
    "database": "Tr0ub4dor-Postgres-8c1f",
    "sentry": "9f86d081884c7d659a2feaa0c55ad015",
    "session": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjaGF0LXN0YWdpbmcifQ.c2lnbmF0dXJlLW5vYm9keS1tYXktc2Vl",
    "webhook": "xkcd936correcthorsebatterystaple",
    "argument": "hunter2-on-the-command-line",
    "startup": "sntrys-5f1c0ffee-on-a-vm",
    "verification": "site-verification=q7Zr2m9TnYpUeXb41WcD",
}
APIS = (
    "certificatemanager",
    "cloudresourcemanager",
    "compute",
    "dns",
    "networkconnectivity",
    "networksecurity",
    "redis",
    "run",
    "secretmanager",
    "servicenetworking",
    "serviceusage",
    "sqladmin",
    "vpcaccess",
)
_ACCOUNT = f"chat-run@{PROJECT}.iam.gserviceaccount.com"
_CREATED = "2026-03-02T17:15:00.000000Z"


def project(project_id: str = PROJECT, number: str = NUMBER, apis: tuple[str, ...] = APIS) -> Iterator[Described]:
    """A project and what is enabled in it."""
    body = {"name": f"projects/{number}", "projectId": project_id, "state": "ACTIVE", "displayName": project_id}
    yield Described("project", "projects", {**body, "createTime": _CREATED, "parent": "folders/720000000001"})
    status = {"xpnProjectStatus": "HOST"} if project_id != PROJECT else {}
    shown = compute("compute-project", "projects", project_id, **status)
    link = f"https://www.googleapis.com/compute/v1/projects/{project_id}"
    yield Described("compute-project", "projects", {**shown.body, "selfLink": link})
    for api in apis:
        host = f"{api}.googleapis.com"
        api_body = {"name": f"projects/{number}/services/{host}", "state": "ENABLED", "parent": f"projects/{number}"}
        yield Described("api", f"projects/{project_id}/services", {**api_body, "config": {"name": host}})


def offered_regions() -> Iterator[Described]:
    """Where connectors and Cloud Run services can be."""
    for noun in ("connector-region", "run-region"):
        for region in REGIONS:
            yield named(noun, f"projects/{PROJECT}/locations", region, locationId=region)


def connector(**placed: Any) -> Described:
    """`chat-connector`, placed in a network or in a subnet."""
    return named(
        "connector",
        located("connectors"),
        "chat-connector",
        **(placed or {"network": VPC, "ipCidrRange": CONNECTOR_RANGE}),
        state="READY",
        machineType="e2-micro",
        minInstances=2,
        maxInstances=10,
        minThroughput=200,
        maxThroughput=1000,
        connectedProjects=[PROJECT],
    )


def redis() -> Described:
    """`chat-cache` on direct peering with `staging-vpc`."""
    return named(
        "redis",
        located("instances"),
        "chat-cache",
        displayName="chat cache",
        labels={"team": "chat"},
        tier="STANDARD_HA",
        memorySizeGb=5,
        redisVersion="REDIS_7_2",
        redisConfigs={"maxmemory-policy": "allkeys-lru"},
        state="READY",
        createTime=_CREATED,
        locationId="us-central1-a",
        alternativeLocationId="us-central1-b",
        currentLocationId="us-central1-a",
        authorizedNetwork=f"projects/{PROJECT}/global/networks/{VPC}",
        connectMode="DIRECT_PEERING",
        reservedIpRange=REDIS_RANGE,
        host=REDIS_HOST,
        port=6379,
        authEnabled=True,
        transitEncryptionMode="DISABLED",
        readReplicasMode="READ_REPLICAS_DISABLED",
        nodes=[{"id": "node-0", "zone": "us-central1-a"}, {"id": "node-1", "zone": "us-central1-b"}],
    )


def sql(network: str = f"/projects/{PROJECT}/global/networks/{VPC}") -> Described:
    """`chat-db`, Postgres with a private address only."""
    addresses = {
        "ipv4Enabled": False,
        "privateNetwork": network,
        "allocatedIpRange": "staging-private-services",
        "sslMode": "ENCRYPTED_ONLY",
        "requireSsl": True,
    }
    settings = {
        "kind": "sql#settings",
        "activationPolicy": "ALWAYS",
        "availabilityType": "REGIONAL",
        "tier": "db-custom-2-7680",
        "settingsVersion": "12",
        "ipConfiguration": addresses,
    }
    body = {
        "kind": "sql#instance",
        "name": "chat-db",
        "project": PROJECT,
        "region": REGION,
        "state": "RUNNABLE",
        "instanceType": "CLOUD_SQL_INSTANCE",
        "databaseVersion": "POSTGRES_16",
        "connectionName": f"{PROJECT}:{REGION}:chat-db",
        "settings": settings,
        "ipAddresses": [{"type": "PRIVATE", "ipAddress": "10.20.0.3"}],
        "serverCaCert": {
            "kind": "sql#sslCert",
            "commonName": "C=US,O=Example",
            "expirationTime": "2036-02-28T17:20:00Z",
        },
    }
    return Described("sql", f"projects/{PROJECT}/instances", body)


def secrets() -> Iterator[Described]:
    """Three that services use, and one that nobody does; each with the versions it went through."""
    states = {
        "openai-api-key": ("DISABLED", "ENABLED"),
        "jwt-signing-key": ("ENABLED",),
        "db-password": ("DESTROYED", "DISABLED", "ENABLED"),
        "legacy-payment-key": ("DESTROYED",),
    }
    for name, versions in states.items():
        own = f"projects/{NUMBER}/secrets/{name}"
        body = {"name": own, "createTime": _CREATED, "replication": {"automatic": {}}}
        yield Described("secret", f"projects/{PROJECT}/secrets", body)
        for position, state in enumerate(versions, 1):
            version = {"name": f"{own}/versions/{position}", "state": state, "createTime": _CREATED}
            yield Described("secret-version", f"projects/{PROJECT}/secrets/{name}/versions", version)


def services(redis_host: str = REDIS_HOST, interface: dict[str, str] | None = None) -> Iterator[Described]:
    """`chat-api` on the connector, `chat-worker` on Direct VPC egress, `chat-web` without a network."""
    port = {"name": "REDIS_PORT", "value": "6379"}
    yield _service(
        "chat-api",
        [{"name": "REDIS_HOST", "value": redis_host}, port, *_api_variables()],
        args=["--admin-password", SECRETS["argument"]],
        volumes=[{"name": "cloudsql", "cloudSqlInstance": {"instances": [f"{PROJECT}:{REGION}:chat-db"]}}],
        vpcAccess={"connector": located("connectors") + "/chat-connector", "egress": "PRIVATE_RANGES_ONLY"},
    )
    broker = f"redis://default:{SECRETS['redis']}@{redis_host}:6379/0"
    own = {"network": VPC, "subnetwork": "staging-run"} if interface is None else interface
    yield _service(
        "chat-worker",
        [{"name": "REDIS_URL", "value": broker}, _from_secret("DB_PASSWORD", "db-password", "3")],
        ingress="INGRESS_TRAFFIC_INTERNAL_ONLY",
        vpcAccess={"egress": "ALL_TRAFFIC", "networkInterfaces": [{**own, "tags": ["chat-worker"]}]},
    )
    yield _service("chat-web", [{"name": "API_URL", "value": "https://api.staging.chat.example"}])


def _api_variables() -> list[dict[str, Any]]:
    literal = {
        "LOG_LEVEL": "info",
        "SENTRY_DSN": f"https://{SECRETS['sentry']}@sentry.chat.example/42",
        "DATABASE_URL": f"postgresql://chat:{SECRETS['database']}@/chat?host=/cloudsql/{PROJECT}:{REGION}:chat-db",
        "SESSION_SECRET": SECRETS["session"],
        "WEBHOOK_SIGNING": SECRETS["webhook"],
    }
    plain = [{"name": name, "value": value} for name, value in literal.items()]
    keys = {"OPENAI_API_KEY": "openai-api-key", "JWT_SIGNING_KEY": "jwt-signing-key"}
    return [*plain, *(_from_secret(name, secret) for name, secret in keys.items())]


def _from_secret(variable: str, secret: str, version: str = "latest") -> dict[str, Any]:
    return {"name": variable, "valueSource": {"secretKeyRef": {"secret": secret, "version": version}}}


def _service(
    name: str,
    env: list[dict[str, Any]],
    args: list[str] | None = None,
    ingress: str = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    **template: Any,
) -> Described:
    path = f"{located('services')}/{name}"
    revision = f"{path}/revisions/{name}-00007-xyz"
    container = {
        "name": name,
        "image": f"images.chat.example/{name}:2026-11-18",
        "env": env,
        "ports": [{"name": "http1", "containerPort": 8080}],
        "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "cpuIdle": True, "startupCpuBoost": True},
    } | ({"args": args} if args else {})
    shape = {
        "containers": [container],
        "serviceAccount": _ACCOUNT,
        "timeout": "300s",
        "scaling": {"maxInstanceCount": 20},
    }
    ready = {"state": "CONDITION_SUCCEEDED", "lastTransitionTime": "2026-11-18T08:00:12.000000Z"}
    return named(
        "run",
        located("services"),
        name,
        uid="4d9c2cd0-a23c-499a-adaf-844db1fc7350",
        generation="7",
        observedGeneration="7",
        createTime=_CREATED,
        ingress=ingress,
        launchStage="GA",
        template=shape | template,
        traffic=[{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
        trafficStatuses=[{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
        latestCreatedRevision=revision,
        latestReadyRevision=revision,
        terminalCondition={"type": "Ready", **ready},
        conditions=[{"type": "RoutesReady", **ready}, {"type": "ConfigurationsReady", **ready}],
        uri=f"https://{name}-q7zr2m9tna-uc.a.run.app",
    )
