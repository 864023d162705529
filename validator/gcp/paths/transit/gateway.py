"""The internet gateway of a network, and the internet behind it: NAT, Private Google Access, public addresses.

https://cloud.google.com/nat/docs/overview https://cloud.google.com/vpc/docs/private-google-access
https://cloud.google.com/vpc/docs/routes#routingpacketsinternet
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.gcp.attachments import network_words
from validator.gcp.paths.ends.destination import Destination, Way
from validator.gcp.paths.ends.exits import Exit
from validator.gcp.paths.trace import Trace
from validator.gcp.paths.transit.public import Public
from validator.gcp.paths.transit.translation import Translation
from validator.gcp.paths.transit.travel import Stop, Travel
from validator.gcp.special import GOOGLE_API_VIPS, PUBLIC
from validator.headerspace.intervals import Intervals
from validator.headerspace.packets import packets
from validator.headerspace.spelling import spell_addresses


class Gateway:
    """A fact: takes packets out of networks."""

    def __init__(self, translation: Translation, public: Public) -> None:
        self._translation = translation
        self._public = public

    @classmethod
    def derive(cls, *, translation: Translation, public: Public) -> Gateway:
        """From NAT gateways and what has a public address."""
        return cls(translation, public)

    def leave(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        """The traces of packets that a route has sent to the internet gateway."""
        if goal.way in (Way.PEERING, Way.ENDPOINT):
            yield travel.stop(_private(travel, way, goal))
            return
        vips, public, private = split(travel, goal)
        if private:
            yield private.stop(_private(private, way, goal))
        if vips:
            yield from self._translation.to_google(vips, way, goal)
        if public:
            yield from self._to_internet(public, way, goal)

    def outside(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        """The traces of packets that are on the internet from the start."""
        vips, public, private = split(travel, goal)
        if private or goal.way in (Way.PEERING, Way.ENDPOINT):
            lost = private or travel
            yield lost.stop(self._public.unroutable(lost, way, goal))
        if vips:
            yield from self._public.google(vips, way, goal)
        if public and goal.way not in (Way.PEERING, Way.ENDPOINT):
            yield from self._public.arrive(public, way, goal, None)

    def _to_internet(self, travel: Travel, way: Exit, goal: Destination) -> Iterator[Trace]:
        for step in self._translation.translated(travel, way, goal):
            if isinstance(step, Trace):
                yield step
            else:
                moving, known_as = step
                yield from self._public.arrive(moving, way, goal, known_as)


def split(travel: Travel, goal: Destination) -> tuple[Travel | None, Travel | None, Travel | None]:
    """The packets for Google APIs, for public addresses, and for others."""
    google = GOOGLE_API_VIPS | PUBLIC if goal.way is Way.GOOGLE_API else GOOGLE_API_VIPS
    vips = _to(travel, google)
    public = _to(travel, PUBLIC - google)
    rest = travel.packets - packets(destinations=google | PUBLIC)
    return vips, public, travel.part(rest) if rest else None


def _to(travel: Travel, where: Intervals) -> Travel | None:
    met = travel.packets & packets(destinations=where)
    return travel.part(met) if met else None


def _private(travel: Travel, way: Exit, goal: Destination) -> Stop:
    where = spell_addresses(travel.packets.destinations)
    message = (
        f"Packets from {way.words} for {goal.label} ({where}) follow a default route of "
        f"{network_words(way.network)} to the internet, where no private address is reached: a route to it is missing."
    )
    return Stop(code="PRIVATE_TRAFFIC_TO_INTERNET", message=message, evidence=(way.network, goal.path))
