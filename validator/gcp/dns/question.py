"""Where a domain must lead, and every source that tells where it does."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.balancers.mapped_domains import is_right
from validator.gcp.dns.answers import Answers, same
from validator.gcp.dns.serving import Served
from validator.gcp.dns.views import View, Zones, resolved
from validator.model.dns import DnsZone
from validator.model.domainmapping import DomainMapping
from validator.model.endpoints import is_address
from validator.model.loadbalancer import ForwardingRule

Block = ipaddress.IPv4Network | ipaddress.IPv6Network


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One domain."""

    #: A-labels in lower case.
    name: str
    served: Served
    zones: Zones
    answers: Answers
    #: Ranges of declared proxies of another party.
    proxies: tuple[Block, ...] = ()
    #: The Cloud Run domain mapping of the name, so that it may lead there as well; None for none.
    mapping: DomainMapping | None = None

    @property
    def internal(self) -> bool:
        """Whether the internet does not reach it, so that private zones decide and public ones need not know it."""
        return bool(self.served.rules) and not any(rule.external for rule in self.served.rules)

    def right(self, view: View) -> dict[str, str]:
        """Addresses that are right, each with its rule's name; inside, those of internal load balancers too."""
        within = self.internal or view.networks or (view.zone is None and self.answers.within)
        return _by_address(rule for rule in self.served.rules if within or rule.external)

    def doubtful(self, text: str) -> bool:
        """Whether the address is one that takes any name with a certificate that is not known."""
        return text in _by_address(self.served.doubtful)

    def strays(self, view: View) -> list[str]:
        """The addresses of the view that neither serve the domain nor are of a declared proxy."""
        return [text for text in view.addresses if not self.server(view, text)]

    def server(self, view: View, text: str) -> str:
        """Whose the address of the view is, of those that it may be: a rule's name, Cloud Run, a proxy; "" for none."""
        if rule := self.right(view).get(text):
            return rule
        if self.mapping and any(is_right(self.mapping, data) for data in (text, *view.aliases)):
            return "Cloud Run"
        return "a declared proxy" if self._is_proxy(text) else ""

    def _is_proxy(self, text: str) -> bool:
        return is_address(text) and any(ipaddress.ip_address(text) in block for block in self.proxies)

    @property
    def consulted(self) -> bool:
        """Whether the resolver is asked on the side where the domain is served, so that it must know."""
        return self.answers.any and (self.answers.within or not self.internal)

    @property
    def private(self) -> tuple[View, ...]:
        """What networks are told that see a private zone of the name."""
        return self.zones.private(self.name) if self.zones.complete else ()

    @property
    def own(self) -> tuple[View, ...]:
        """Those of them that see a network with a load balancer of the domain."""
        rules = self.served.rules
        return tuple(view for view in self.private if any(self.zones.is_seen_by(view, rule) for rule in rules))

    @property
    def told(self) -> View | None:
        """What the resolver says of where the domain must lead; None where it is not the one to know."""
        view = resolved(self.name, self.answers)
        if view and self.internal and not self.answers.within:
            # What only the VPC reaches need not be known outside, and may be something else there.
            return view if view.found and not self.own else None
        # Inside, a private zone's word is not what the internet is told.
        shadowed = self.answers.within and any(map(self.zones.may_answer_probes, self.private))
        return None if view and not self.internal and shadowed else view

    def deciding(self) -> tuple[View, ...]:
        """Every view by which the domain is judged."""
        told = (self.told,) if self.told else ()
        if not self.internal:
            return (*self._asked_zones(), *told)
        return (*self.own, *(view for view in told if view.found or not self.own))

    def aside(self) -> Iterator[View]:
        """What does not decide, and tells some who ask something else: private zones, or a resolver outside."""
        deciding, outside = self.deciding(), resolved(self.name, self.answers)
        for view in self.private:
            if view not in deciding and (self.strays(view) or not (view.found or view.open)):
                yield view
        if self.internal and self.own and not self.answers.within and outside and self.strays(outside):
            yield outside

    def presumed(self, view: View) -> bool:
        """Whether it is a public zone's of which only its own configuration says that the world asks it."""
        return bool(
            view.zone
            and not view.networks
            and not self.answers.any
            and self.zones.delegation.asked(view.zone, self.answers) is None
        )

    def public_zones(self) -> tuple[DnsZone, ...]:
        """The public zones that answer for the domain."""
        return tuple(view.zone for view in self._public() if view.zone)

    def undelegated(self) -> tuple[DnsZone, ...]:
        """Public zones of longer domains than those, which nobody is led to."""
        if self.internal or not self.zones.complete:
            return ()
        return self.zones.delegation.standing(self.name, self.answers).passed_over

    def _public(self) -> tuple[View, ...]:
        return self.zones.public(self.name, self.answers) if self.zones.complete and not self.internal else ()

    def _asked_zones(self) -> Iterator[View]:
        """The public zones that the world asks; all of them where that is not known, and no resolver tells."""
        views, delegation = self._public(), self.zones.delegation
        if asked := [view for view in views if view.zone and delegation.asked(view.zone, self.answers)]:
            yield from asked
        elif not self.told or self.told.open:
            linked = [view for view in views if view.zone and delegation.linked(view.zone, self.answers)]
            yield from linked or _agreed(views)


def _agreed(views: Iterable[View]) -> Iterator[View]:
    """Of several zones of one name only one is asked; where they differ it is not known which."""
    views = tuple(views)
    same_word = len({(view.addresses, view.lost_alias, view.open) for view in views}) == 1
    for view in views:
        yield view if same_word else msgspec.structs.replace(view, addresses=(), lost_alias="", open=True)


def _by_address(rules: Iterable[ForwardingRule]) -> dict[str, str]:
    return {same(rule.ip_address): rule.short for rule in rules if is_address(same(rule.ip_address))}
