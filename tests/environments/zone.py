"""A real DNS server with the public zone of a world."""

from __future__ import annotations

from tests.emulator.world import World
from tests.probe.dns_server import DnsServer


def zone_server(world: World) -> DnsServer:
    """It answers as Cloud DNS would; everything that the zone does not hold does not exist."""
    bodies = (each.body for each in world.resources if each.noun == "dns-record")
    return DnsServer({(body["name"], body["type"]): list(body["rrdatas"]) for body in bodies})
