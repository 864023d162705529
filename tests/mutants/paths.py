"""Faults on the way of packets: egress, routes, NAT, peering, arrival."""

from __future__ import annotations

from tests.mutants.mutant import slips

PATHS = (
    *slips(
        "validator.gcp.paths.routing.routes",
        (
            "the shortest prefix wins",
            "by_text[-route.length, route.destinations]",
            "by_text[route.length, route.destinations]",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
        (
            "the highest priority number wins",
            "best = min(route.priority",
            "best = max(route.priority",
            "tests/gcp/paths/test_routes.py::test_the_order",
        ),
        (
            "tags of routes are ignored",
            "        if route.applies(sender) is not False:\n            by_text",
            "        if True:\n            by_text",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
        (
            "an unsure route is not there",
            "    if unsure:\n",
            "    if False:\n",
            "tests/gcp/paths/test_routes.py::test_the_order",
        ),
        (
            "policy routes are skipped",
            "steering.packets if steering.concerns(sender) else NO_PACKETS",
            "NO_PACKETS",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
        (
            "a next hop that is down still counts",
            "[route for route in routes if not route.down] or routes",
            "routes",
            "tests/gcp/paths/test_routes.py::test_the_order",
        ),
    ),
    *slips(
        "validator.gcp.paths.routing.peerings",
        (
            "an inactive peering carries packets",
            'return self.peering.state == "ACTIVE"',
            "return True",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
    ),
    *slips(
        "validator.gcp.paths.transit.travel",
        (
            "of equal routes the best counts",
            "min(one, other, key=lambda trace: _WORST.index(trace.end))",
            "max(one, other, key=lambda trace: _WORST.index(trace.end))",
            "tests/gcp/paths/test_splits.py::test_two_equal_routes_of_which_one_drops_drop",
        ),
    ),
    *slips(
        "validator.gcp.paths.transit.landing",
        (
            "a stopped VM receives",
            "elif holder.running:",
            "elif True:",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
        (
            "refusals are ignored",
            "if met := travel.packets & refusal.packets:",
            "if met := NO_PACKETS:",
            "tests/gcp/paths/test_healthy.py::test_it_arrives",
        ),
    ),
    *slips(
        "validator.gcp.nat",
        (
            "a NAT of listed subnets serves all",
            "return self.subnets is None or (bool(subnet) and subnet in self.subnets)",
            "return True",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
        (
            "a NAT by hand needs no address",
            'self.nat.nat_ip_allocate_option == "MANUAL_ONLY" and not self.nat.nat_ips',
            "False",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
        (
            "a private NAT leads to the internet",
            'if self.nat.type == "PRIVATE":',
            "if False:",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
    ),
    *slips(
        "validator.gcp.egress",
        (
            "private ranges only are everything",
            'if access.egress == "ALL_TRAFFIC":',
            "if access.egress:",
            "tests/gcp/paths/test_faults.py::test_a_fault_has_its_own_code_at_its_own_hop",
        ),
    ),
    *slips(
        "validator.gcp.paths.transit.plumbing",
        (
            "health checks need nothing",
            "_PROBES = services(6, [(667, 667)])",
            "_PROBES = services(6, [(668, 668)])",
            "tests/gcp/paths/test_healthy.py::test_it_arrives",
        ),
    ),
)
