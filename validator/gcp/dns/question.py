"""Where a domain must lead, and every source that tells where it does."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

import msgspec

from validator.gcp.dns.answers import Answers, same
from validator.gcp.dns.views import View, Zones, resolved
from validator.model.dns import DnsZone
from validator.model.endpoints import is_address
from validator.model.loadbalancer import ForwardingRule

Block = ipaddress.IPv4Network | ipaddress.IPv6Network


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One domain."""

    #: A-labels in lower case.
    name: str
    #: The forwarding rules on 443 that serve it.
    rules: tuple[ForwardingRule, ...]
    zones: Zones
    answers: Answers
    #: Ranges of declared proxies of another party.
    proxies: tuple[Block, ...] = ()

    @property
    def internal(self) -> bool:
        """Whether the internet does not reach it, so that private zones decide and public ones need not know it."""
        return bool(self.rules) and not any(_is_external(rule) for rule in self.rules)

    def right(self, view: View) -> dict[str, str]:
        """Addresses that are right, each with its rule's name; inside, those of internal load balancers too."""
        within = self.internal or view.networks or (view.zone is None and self.answers.within)
        rules = self.rules if within else tuple(rule for rule in self.rules if _is_external(rule))
        return {same(rule.ip_address): rule.short for rule in rules if is_address(same(rule.ip_address))}

    def strays(self, view: View) -> list[str]:
        """The addresses of the view that neither serve the domain nor are of a declared proxy."""
        right = self.right(view)
        return [text for text in view.addresses if text not in right and not self._is_proxy(text)]

    def _is_proxy(self, text: str) -> bool:
        return is_address(text) and any(ipaddress.ip_address(text) in block for block in self.proxies)

    @property
    def private(self) -> tuple[View, ...]:
        """What networks are told that see a private zone of the name."""
        return self.zones.private(self.name) if self.zones.complete else ()

    @property
    def told(self) -> View | None:
        """What the resolver says of where the domain must lead; None where it is not the one to know."""
        view = resolved(self.name, self.answers)
        if view and self.internal:
            # What only the VPC reaches need not be known outside.
            return view if view.found or self.answers.inside else None
        # Inside, a private zone's word is not what the internet is told.
        return None if view and self.answers.within and self.private else view

    def deciding(self) -> tuple[View, ...]:
        """Every view by which the domain is judged."""
        told = (self.told,) if self.told else ()
        if not self.internal:
            return (*self._asked_zones(), *told)
        own = tuple(view for view in self.private if any(self.zones.is_seen_by(view, rule) for rule in self.rules))
        return (*own, *(view for view in told if view.found or not own))

    def aside(self) -> Iterator[View]:
        """The private zones that do not decide, and tell some networks something else."""
        deciding = self.deciding()
        for view in self.private:
            if view not in deciding and (self.strays(view) or not (view.found or view.open)):
                yield view

    def _asked_zones(self) -> Iterator[View]:
        """The public zones that the world asks; all of them where that is not known, and no resolver was asked."""
        delegated = self._delegated()
        known = [view for view, true in delegated.items() if true or (true is None and not self.told)]
        yield from known if any(delegated.values()) else _agreed(known)

    def undelegated(self) -> DnsZone | None:
        """A public zone that the world does not ask, where it asks none of those that are the closest to the name."""
        delegated = self._delegated()
        unasked = all(true is False for true in delegated.values())
        return next((view.zone for view in delegated), None) if unasked else None

    def _delegated(self) -> dict[View, bool | None]:
        views = self.zones.public(self.name) if self.zones.complete and not self.internal else ()
        return {view: self.zones.delegation(view.zone, self.answers) for view in views if view.zone}


def _agreed(views: Iterable[View]) -> Iterator[View]:
    """Of several zones of one name only one is asked; where they differ it is not known which."""
    views = tuple(views)
    same_word = len({(view.addresses, view.lost_alias, view.open) for view in views}) == 1
    for view in views:
        yield view if same_word else msgspec.structs.replace(view, addresses=(), lost_alias="", open=True)


def _is_external(rule: ForwardingRule) -> bool:
    return rule.load_balancing_scheme.startswith("EXTERNAL")
