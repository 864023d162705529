"""Addresses with a meaning of their own: not public, Google's infrastructure, the metadata server."""

from __future__ import annotations

from validator.headerspace.axes import V4, V6, addresses
from validator.headerspace.intervals import Intervals, union
from validator.headerspace.spelling import spell_addresses

#: Blocks that are not addresses of the internet: IANA's special-purpose registries.
#: https://www.iana.org/assignments/iana-ipv4-special-registry https://www.iana.org/assignments/iana-ipv6-special-registry
_SPECIAL = addresses(
    (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001:db8::/32",
        "3fff::/20",
    )
)
#: Of IPv6 only 2000::/3 is handed out. https://www.iana.org/assignments/ipv6-unicast-address-assignments
PUBLIC = (V4 | addresses(("2000::/3",))) - _SPECIAL

#: The second is for interfaces that have IPv6 only.
#: https://cloud.google.com/compute/docs/metadata/querying-metadata
METADATA_SERVER = addresses(("169.254.169.254", "fd20:ce::254"))

#: Where no route leads: this host and its link, and groups of hosts. https://www.rfc-editor.org/rfc/rfc6890
NOT_ROUTED = addresses(("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255")) | addresses(
    ("::/127", "fe80::/10", "ff00::/8", "fd20:ce::254")
)

#: Where only Google sends from: health checks, serverless infrastructure, IAP forwarding, Cloud DNS.
#: https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
#: https://cloud.google.com/vpc/docs/configure-serverless-vpc-access https://cloud.google.com/iap/docs/using-tcp-forwarding
#: https://cloud.google.com/dns/docs/zones/forwarding-zones#firewall-rules
GOOGLE_SENDERS = addresses(
    (
        "35.191.0.0/16",
        "130.211.0.0/22",
        "209.85.152.0/22",
        "209.85.204.0/22",
        "2600:2d00:1:b029::/64",
        "2600:2d00:1:1::/64",
        "2600:1901:8001::/48",
        "35.199.224.0/19",
        "35.235.240.0/20",
        "35.199.192.0/19",
    )
)

#: What Cloud Run sends into a VPC under PRIVATE_RANGES_ONLY: RFC 1918 and RFC 6598. Over an interface of its own
#: (Direct VPC) also the addresses of Google's APIs. https://cloud.google.com/run/docs/configuring/networking-best-practices
SERVERLESS_PRIVATE = addresses(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
GOOGLE_API_VIPS = addresses(("199.36.153.4/30", "199.36.153.8/30"))

#: What "the internet" means as an end of a flow: public addresses that are not Google's own infrastructure.
ANY_PUBLIC = PUBLIC - GOOGLE_API_VIPS - GOOGLE_SENDERS


def widened(some: Intervals) -> Intervals:
    """The addresses; all of a family where they hold its whole internet, as rules usually say it (0.0.0.0/0)."""
    for family in (V4, V6):
        if ANY_PUBLIC & family <= some:
            some |= family
    return some


def spell_place(some: Intervals) -> str:
    """The addresses in words; those of the whole internet by name rather than by range."""
    whole = [ANY_PUBLIC & family for family in (V4, V6) if some & family]
    if whole and some == union(whole):
        return "any public address"
    return spell_addresses(some)
