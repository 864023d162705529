"""Why packets end on their way through a network, in words for a person."""

from __future__ import annotations

import shlex

from validator.gcp.attachments import network_words
from validator.gcp.paths.ends.destination import Destination, Way
from validator.gcp.paths.ends.exits import Exit
from validator.gcp.paths.routing.candidate import Candidate
from validator.gcp.paths.routing.peerings import Link
from validator.gcp.paths.trace import End, Trace
from validator.gcp.paths.transit.travel import Stop, Travel
from validator.gcp.sites import replacement
from validator.gcp.special import PUBLIC
from validator.headerspace.axes import V6
from validator.headerspace.spelling import spell_addresses
from validator.model.fix import Fix
from validator.model.resource import last

_NO_WAY_BACK = {
    "REDIS_INSTANCE": "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK",
    "CLOUD_SQL_INSTANCE": "CLOUD_SQL_INSTANCE_NO_ROUTE",
}
#: ForwardInfo.target by next hop.
_FORWARDS = {"vpn": "VPN_GATEWAY", "interconnect": "INTERCONNECT", "hub": "NCC_HUB"}


def no_way_back(link: Link, way: Exit, goal: Destination) -> Stop:
    """Google's network has no route back to privately used public addresses."""
    message = (
        f"{way.words} has privately used public addresses, whose subnet routes peering {link.peering.name} of "
        f"{network_words(link.network)} does not export, so {goal.label} has no route back."
    )
    _, project, *_, network = link.network.split("/")
    words = ["gcloud", "compute", "networks", "peerings", "update", link.peering.name, f"--network={network}"]
    return Stop(
        code=_NO_WAY_BACK.get(goal.target, "NO_VALID_ROUTE_FROM_GOOGLE_MANAGED_NETWORK_TO_DESTINATION"),
        message=message,
        evidence=(way.path, link.network, "exportSubnetRoutesWithPublicIp=false"),
        mend=Fix(
            summary="Export subnet routes with public addresses over the peering.",
            gcloud=(shlex.join([*words, "--export-subnet-routes-with-public-ip", f"--project={project}"]),),
        ),
    )


def no_peering(way: Exit, goal: Destination) -> Stop:
    """The source is on another network than the one the service is peered with."""
    networks = " or ".join(network_words(network) for network in goal.networks)
    message = (
        f"{way.words} is on {network_words(way.network)}, but {goal.label} is reachable from {networks} only: it is "
        "peered with no other network, and peering is not transitive."
    )
    evidence = (
        way.path,
        goal.path,
        f"source network={way.network}",
        *(f"reachable from={one}" for one in goal.networks),
    )
    summary = f"Put {way.words} on {networks}, or create {goal.label} anew for {network_words(way.network)}."
    mend = Fix(summary=summary, gcloud=_moved(way, goal.networks[0]) if goal.networks else ())
    return Stop(code="GOOGLE_MANAGED_SERVICE_NO_PEERING", message=message, evidence=evidence, mend=mend)


def _moved(way: Exit, network: str) -> tuple[str, ...]:
    """The lines that put a connector, or a service with an interface, on another network."""
    if way.connector:
        return replacement(way.connector, network=network)
    if "/services/" not in way.path:
        return ()
    words = ["gcloud", "run", "services", "update", last(way.path), f"--network={network}", "--subnet=SUBNET"]
    return (shlex.join([*words, f"--region={way.region}", f"--project={way.path.split('/')[1]}"]),)


def without_peering(tenants: tuple[Link, ...], way: Exit, goal: Destination) -> Stop:
    """The network is the right one, but no active peering leads from it to the service."""
    here = network_words(way.network)
    found = "; ".join(_state(link) for link in tenants) or "it has none that could be its"
    kind = "private services access" if goal.private_services else "direct peering"
    message = f"{goal.label} is reached from {here} by {kind}, but no active peering leads there: {found}."
    evidence = (
        way.path,
        goal.path,
        way.network,
        *(f"peering={link.peering.name} {link.peering.state}" for link in tenants),
    )
    return Stop(
        code="GOOGLE_MANAGED_SERVICE_NO_PEERING", message=message, evidence=evidence, mend=_peered(goal, way.network)
    )


def _state(link: Link) -> str:
    details = f" ({link.peering.state_details.rstrip('.')})" if link.peering.state_details else ""
    return f"{link.peering.name} is {link.peering.state or 'in no known state'}{details}"


def _peered(goal: Destination, network: str) -> Fix:
    _, project, *_, name = network.split("/")
    where = [f"--network={name}", f"--project={project}"]
    if not goal.private_services:
        listed = shlex.join(["gcloud", "compute", "networks", "peerings", "list", *where])
        return Fix(summary=f"Google makes this peering with an instance: create {goal.label} anew.", gcloud=(listed,))
    words = ["gcloud", "services", "vpc-peerings", "update", "--service=servicenetworking.googleapis.com", "--force"]
    line = shlex.join([*words, "--ranges=ALLOCATED_RANGE", *where])
    return Fix(
        summary="Update the network's connection to Google's services, which makes its peering anew.", gcloud=(line,)
    )


def no_endpoint(way: Exit, goal: Destination, link: Link | None) -> Stop:
    """The source is on a network without an endpoint of the service; `link` leads to one that has."""
    networks = " or ".join(network_words(network) for network in goal.networks) or "no network"
    here = network_words(way.network)
    evidence = (way.path, goal.path, f"source network={way.network}", *(f"endpoints in={one}" for one in goal.networks))
    mend = Fix(summary=f"Create an endpoint of {goal.label} in {here}.")
    if link is None:
        message = f"{way.words} is on {here}, but {goal.label} has its Private Service Connect endpoints in {networks}."
        return Stop(code="GOOGLE_MANAGED_SERVICE_NO_PSC_ENDPOINT", message=message, evidence=evidence, mend=mend)
    message = (
        f"{goal.label} has its Private Service Connect endpoints in {networks}; {way.words} is on {here}, and no "
        f"endpoint is reached over a peering ({link.peering.name})."
    )
    return Stop(code="PSC_ENDPOINT_ACCESSED_FROM_PEERED_NETWORK", message=message, evidence=evidence, mend=mend)


def no_route(travel: Travel, way: Exit, goal: Destination) -> Trace:
    """No route leads to the destination."""
    where = spell_addresses(travel.packets.destinations)
    message = f"No route of {network_words(way.network)} leads from {way.words} to {where} ({goal.label})."
    public = travel.packets.destinations <= PUBLIC
    mend = _default_route(way.network, six=travel.packets.destinations <= V6) if public else None
    why = Stop(code="NO_ROUTE", message=message, evidence=(way.network, f"destination={where}"), mend=mend)
    return travel.hop("APPLY_ROUTE", f"no route to {where}", way.network).stop(why)


def _default_route(network: str, *, six: bool) -> Fix:
    _, project, *_, name = network.split("/")
    new, everywhere = (f"{name}-internet-ipv6", "::/0") if six else (f"{name}-internet", "0.0.0.0/0")
    words = ["gcloud", "compute", "routes", "create", new, f"--network={name}"]
    options = [
        f"--destination-range={everywhere}",
        "--next-hop-gateway=default-internet-gateway",
        f"--project={project}",
    ]
    return Fix(summary="Create a default route to the internet gateway.", gcloud=(shlex.join([*words, *options]),))


def no_link(route: Candidate, link: Link | None, way: Exit, goal: Destination) -> Stop:
    """The route's peering is gone or not active."""
    state = _state(link) if link else f"{route.target} does not exist"
    here = network_words(way.network)
    message = f"{route.words} of {here} to {goal.label} needs an ACTIVE peering {route.target}: {state}."
    code = "GOOGLE_MANAGED_SERVICE_NO_PEERING" if goal.way is Way.PEERING else "ROUTE_BLACKHOLE"
    return Stop(code=code, message=message, evidence=(way.network, route.path, f"peering={route.target}"))


def which_peering(link: Link, way: Exit, goal: Destination) -> Stop:
    """The peering may be the service's or somebody else's."""
    message = (
        f"Packets from {way.words} for {goal.label} cross peering {link.peering.name} to {network_words(link.peer)}; "
        "whether that is the network of the service is not told, and another peering is more likely its own."
    )
    evidence = (way.network, goal.path, f"peering={link.peering.name}")
    return Stop(end=End.ABORT, code="UNSUPPORTED", message=message, evidence=evidence)


def wrong_network(route: Candidate, way: Exit, goal: Destination, where: str) -> Stop:
    """The route leads elsewhere than to the service."""
    message = f"{route.words} of {network_words(way.network)} takes packets for {goal.label} to {where} instead."
    return Stop(
        code="ROUTE_WRONG_NETWORK",
        message=message,
        evidence=(way.network, route.path, f"nextHop={route.target}"),
        mend=_delete(route),
    )


def _delete(route: Candidate) -> Fix | None:
    """Of static routes only: imported and learned ones are another network's to withdraw."""
    if route.kind != "STATIC":
        return None
    words = ["gcloud", "compute", "routes", "delete", last(route.path), f"--project={route.path.split('/')[1]}"]
    return Fix(summary=f"Delete or narrow route {route.name}.", gcloud=(shlex.join(words),))


def elsewhere(route: Candidate, way: Exit, goal: Destination) -> Stop:
    """A tunnel or hub: for a managed service the wrong place, for an address the end of what can be known."""
    where = f"{route.next_hop} {last(route.target)}".strip()
    if goal.way in (Way.PEERING, Way.ENDPOINT):
        return wrong_network(route, way, goal, where)
    message = (
        f"{route.words} of {network_words(way.network)} hands packets for {goal.label} to {where}; what is behind it "
        "is not known."
    )
    return Stop(
        end=End.FORWARD,
        code=_FORWARDS[route.next_hop],
        message=message,
        evidence=(way.network, route.path, route.target),
    )
