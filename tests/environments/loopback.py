"""The repaired estate with its Redis instances on loopback, where real servers can stand in for them."""

from __future__ import annotations

from dataclasses import replace

from tests.emulator.world import World
from tests.environments.repaired import repaired


def redis_at(*places: tuple[str, int], auth: bool = True) -> World:
    """One instance for each host and port, the first of them `chat-cache`; no service names any of them.

    What services name is their own container, which no probe asks.
    """
    world = repaired().with_variable("chat-api", "REDIS_HOST", "127.0.0.1")
    world = world.with_variable("chat-worker", "REDIS_URL", "redis://127.0.0.1:6379")
    (host, port), *others = places
    world = world.changed("redis/chat-cache", host=host, port=port, authEnabled=auth)
    first = world.one("redis/chat-cache")
    named = (
        {**first.body, "name": f"{first.body['name']}-{number}", "host": host, "port": port}
        for number, (host, port) in enumerate(others, 2)
    )
    return world.including(*(replace(first, body=body) for body in named))
