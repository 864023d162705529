"""How a service is led to a Redis endpoint, as commands and as Terraform."""

from __future__ import annotations

import shlex

from validator.gcp.redis_places import Endpoint
from validator.gcp.redis_settings import Setting
from validator.model.connector import Connector
from validator.model.redis import RedisCluster, RedisInstance
from validator.model.run import Service


def variables_command(service: Service, setting: Setting, target: Endpoint) -> str:
    """The gcloud line that sets host and port; not for a URL, which may hold a password."""
    port = f",{setting.port.name}={target.port}" if setting.port else ""
    return _update(service, f"--update-env-vars={setting.variable.name}={target.host}{port}")


def variables_terraform(setting: Setting, target: Endpoint) -> str:
    """The variables, taken from the instance, so that they follow it."""
    if isinstance(target.redis, RedisCluster):
        source = f"google_redis_cluster.{_identifier(target.redis)}.discovery_endpoints[0]"
        host, port = f"{source}.address", f"{source}.port"
    else:
        source = f"google_redis_instance.{_identifier(target.redis)}"
        host, port = f"{source}.host", f"{source}.port"
    if not setting.plain:
        scheme = "rediss" if target.tls else "redis"
        return _env(setting.variable.name, f'"{scheme}://${{{host}}}:${{{port}}}"')
    blocks = [_env(setting.variable.name, host)]
    blocks += [_env(setting.port.name, port)] if setting.port else []
    return "\n".join(blocks)


def network_command(service: Service, network: str, connector: Connector | None) -> str:
    """The gcloud line that lets the service enter the network, through the connector if there is one."""
    if connector:
        return _update(service, f"--vpc-connector={connector.path}")
    return _update(service, f"--network={network}", "--subnet=SUBNET")


def network_terraform(network: str, connector: Connector | None) -> str:
    """The same in Terraform."""
    if connector:
        return f'vpc_access {{\n  connector = "{connector.path}"\n}}'
    return f'vpc_access {{\n  network_interfaces {{\n    network    = "{network}"\n    subnetwork = "SUBNET"\n  }}\n}}'


def _update(service: Service, *options: str) -> str:
    where = [f"--region={service.location}", f"--project={service.project}"]
    return shlex.join(["gcloud", "run", "services", "update", service.short, *where, *options])


def _env(name: str, value: str) -> str:
    return f'env {{\n  name  = "{name}"\n  value = {value}\n}}'


def _identifier(redis: RedisInstance | RedisCluster) -> str:
    return redis.short.replace("-", "_")
