"""Connecting: within the budget whatever the other end does, and only once where it is dead."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.probe.dns_server import DnsServer
from tests.probe.kits import kit
from tests.probe.redis_server import free_port
from tests.probe.tls_server import closes, drips, listening, resets, says, silent
from validator.gcp.observed.failure import TEMPORARY, Failure, packets_arrived
from validator.patience import Budget
from validator.probe.circuit import Circuit
from validator.probe.connect import (
    BoundSocket,
    ConnectError,
    Part,
    Trail,
    connect,
    cut,
    cut_off,
    failure_of_connect,
    patiently,
)
from validator.probe.kit import Kit

HERE = "127.0.0.1"


class Hand:
    """A clock that only moves when told to, or slept on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def budget(self, seconds: float, dice: float = 1.0) -> Budget:
        return Budget(seconds, clock=self, sleep=self.sleep, random=lambda: dice, first_s=1.0, longest_s=60.0)


def failing(*failures: Failure, trail: Trail) -> Callable[[], str]:
    """An attempt that fails in these ways, and then succeeds."""
    left = list(failures)

    def attempt() -> str:
        trail.attempts += 1
        if left:
            raise ConnectError(left.pop(0))
        return "there"

    return attempt


def test_what_may_pass_is_tried_again_with_pauses_that_double() -> None:
    hand, trail = Hand(), Trail()
    attempt = failing(*[Failure.REFUSED] * 4, trail=trail)
    assert patiently(attempt, hand.budget(100), trail) == "there"
    assert hand.slept == [1, 2, 4, 8]
    assert (trail.attempts, trail.waited_s) == (5, 15)


def test_the_pauses_end_with_the_budget() -> None:
    hand, trail = Hand(), Trail()
    with pytest.raises(ConnectError) as found:
        patiently(failing(*[Failure.TIMED_OUT] * 9, trail=trail), hand.budget(10), trail)
    assert found.value.failure == Failure.TIMED_OUT
    assert hand.slept == [1, 2, 4]


def test_no_pause_is_longer_than_a_minute() -> None:
    hand, trail = Hand(), Trail()
    patiently(failing(*[Failure.REFUSED] * 8, trail=trail), hand.budget(1000), trail)
    assert max(hand.slept) == 60


@pytest.mark.parametrize("failure", sorted(set(Failure) - TEMPORARY))
def test_what_stays_is_tried_once(failure: Failure) -> None:
    hand, trail = Hand(), Trail()
    with pytest.raises(ConnectError):
        patiently(failing(failure, trail=trail), hand.budget(10), trail)
    assert (trail.attempts, hand.slept) == (1, [])


def test_a_try_that_the_end_of_the_budget_cuts_short_does_not_hide_the_one_before() -> None:
    hand, trail = Hand(), Trail()

    def attempt() -> None:
        trail.attempts += 1
        if trail.attempts == 1:
            raise ConnectError(Failure.REFUSED)
        hand.now = 10
        raise ConnectError(Failure.TIMED_OUT)

    with pytest.raises(ConnectError) as found:
        patiently(attempt, hand.budget(10), trail)
    assert (found.value.failure, trail.attempts) == (Failure.REFUSED, 2)


def test_a_connection_stands_and_its_address_is_told() -> None:
    with listening(silent) as port:
        tools, trail = kit(), Trail()
        connect("127.0.0.1", port, tools, tools.budget(), trail).close()
    assert (trail.attempts, trail.address, trail.addresses) == (1, "127.0.0.1", ("127.0.0.1",))


def failure_of(host: str, port: int, tools: Kit) -> Failure | str:
    with pytest.raises(ConnectError) as found:
        connect(host, port, tools, tools.budget(), Trail())
    return found.value.failure


def test_who_is_silent_times_out() -> None:
    with silence() as port:
        begun = time.monotonic()
        failure = failure_of("127.0.0.1", port, kit(budget_s=0.3))
    assert failure == Failure.TIMED_OUT
    assert time.monotonic() - begun < 1


@contextlib.contextmanager
def silence() -> Iterator[int]:
    """A port of 127.0.0.1 with a full backlog: the kernel drops further SYNs, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for one in fillers:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port
        for one in fillers:
            one.close()


def test_names_and_addresses_that_lead_nowhere() -> None:
    assert failure_of("127.0.0.1", free_port(), kit(budget_s=0.2, random=lambda: 1.0)) == Failure.REFUSED
    assert failure_of("10.0.0.3", 6379, kit(inside=False)) == Failure.OUT_OF_REACH
    assert failure_of("203.0.113.9", 6379, kit(inside=False)) == Failure.OUT_OF_REACH
    assert failure_of("a..b", 6379, kit()) == Failure.BAD_NAME
    assert failure_of("x" * 70, 6379, kit()) in (Failure.BAD_NAME, Failure.NO_NAME)
    silent_resolver = f"127.0.0.1:{free_port()}"
    assert failure_of("cache.internal", 1, kit(budget_s=0.3, resolver=silent_resolver)) in (
        Failure.DNS_TIMED_OUT,
        Failure.DNS_FAILED,
    )


def test_every_address_is_tried_before_the_first_pause() -> None:
    hand = Hand()
    with DnsServer(led_to(*(f"127.0.0.{last}" for last in range(2, 40)), "::1")) as resolver:
        tools, trail = kit(resolver=resolver.address, sleep=hand.sleep), Trail()
        with listening(silent, "::1") as port:
            connect("many.internal", port, tools, tools.budget(), trail).close()
    assert (trail.attempts, trail.address, hand.slept) == (39, "::1", [])


def led_to(*addresses: str) -> dict[tuple[str, str], list[str]]:
    """Records of one name; servers shuffle them, and clients take those of IPv4 first."""
    four = [one for one in addresses if ":" not in one]
    return {("many.internal.", "A"): four, ("many.internal.", "AAAA"): [one for one in addresses if ":" in one]}


def test_of_thousands_of_addresses_some_are_tried() -> None:
    with DnsServer(led_to(*(f"127.0.{third}.{last}" for third in range(1, 9) for last in range(99)))) as resolver:
        tools, trail = kit(resolver=resolver.address, budget_s=1, random=lambda: 1.0), Trail()
        with pytest.raises(ConnectError):
            connect("many.internal", free_port(), tools, tools.budget(), trail)
    assert (len(trail.addresses), trail.attempts) == (792, 64)


def test_a_round_over_silent_addresses_leaves_time_for_the_last_of_them() -> None:
    six = socket.AF_INET6
    with silence() as port, socket.create_server(("::1", port), family=six), DnsServer(led_to(HERE, "::1")) as resolver:
        tools, trail = kit(resolver=resolver.address, budget_s=0.6), Trail()
        connect("many.internal", port, tools, tools.budget(), trail).close()
    assert (trail.attempts, trail.address) == (2, "::1")


def test_an_address_without_a_route_neither_ends_the_round_nor_hides_what_another_said() -> None:
    four, six = "224.0.0.1", "ff02::1"  # TCP has no multicast: no packet leaves
    for lost in (four, six):
        with DnsServer(led_to(HERE, lost)) as resolver, listening(silent) as port:
            tools = kit(resolver=resolver.address, budget_s=0.3, random=lambda: 1.0)
            connect("many.internal", port, tools, tools.budget(), Trail()).close()
            assert failure_of("many.internal", free_port(), tools) == Failure.REFUSED
    with DnsServer(led_to(four, six)) as resolver:
        assert failure_of("many.internal", 9, kit(resolver=resolver.address)) == Failure.NO_ROUTE


@pytest.mark.parametrize("number", ["EACCES", "EINVAL", "EPERM", "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL"])
def test_what_this_machines_routes_forbid_is_no_defect_of_the_tool(number: str) -> None:
    assert failure_of_connect(OSError(getattr(errno, number), "x")) == Failure.NO_ROUTE


def test_a_shortage_of_this_machine_is_no_verdict() -> None:
    with pytest.raises(OSError, match="too many"):
        failure_of_connect(OSError(errno.EMFILE, "too many"))


def test_an_outcome_that_took_all_the_time_is_not_tried_again_by_who_asked_for_the_connection() -> None:
    port, tools, trail = free_port(), kit(budget_s=0.3, random=lambda: 0.2), Trail()
    budget = tools.budget()
    with pytest.raises(ConnectError) as found:
        patiently(lambda: connect("127.0.0.1", port, tools, budget, trail), budget, trail)
    assert (found.value.failure, found.value.details) == (Failure.REFUSED, "")


def test_those_who_come_while_an_endpoint_is_tried_wait_for_the_outcome() -> None:
    circuit, seen = Circuit(), []
    tried = threading.Event()

    def come() -> None:
        tried.set()
        with circuit.turn("10.0.0.3 6379", 5) as known:
            seen.append(known)

    with circuit.turn("10.0.0.3 6379", 5) as known:
        assert known == ""
        thread = threading.Thread(target=come)
        thread.start()
        tried.wait(5)
        circuit.trip("10.0.0.3 6379", Failure.TIMED_OUT)
    thread.join()
    assert seen == [Failure.TIMED_OUT]
    with circuit.turn("10.0.0.4 6379", 5) as known:
        assert known == ""


def test_who_cannot_wait_is_told_what_was_seen_so_far() -> None:
    circuit = Circuit()
    with circuit.turn("e", 5):
        with circuit.turn("e", 0) as known:
            assert known == Failure.TIMED_OUT
        circuit.note("e", Failure.REFUSED)
        with circuit.turn("e", 0) as known:
            assert known == Failure.REFUSED


READS = {
    "silence": (silent, Failure.NO_ANSWER),
    "a reset": (resets, Failure.RESET),
    "an end": (closes, Failure.CLOSED),
    "half of it": (says(b"abc"), Failure.NO_ANSWER),
    "one byte at a time": (drips(b"x" * 100, 0.05), Failure.NO_ANSWER),
}


@pytest.mark.parametrize(("serve", "failure"), READS.values(), ids=list(READS))
def test_reading_ends_within_the_budget(serve: Callable[[socket.socket], None], failure: Failure) -> None:
    with listening(serve) as port:
        tools = kit(budget_s=0.3)
        budget, begun = tools.budget(), time.monotonic()
        bound = BoundSocket(connect("127.0.0.1", port, tools, budget, Trail()), budget)
        bound.sendall(b"?")
        with pytest.raises(ConnectError) as found:
            bound.read(50)
        bound.close()
    assert found.value.failure == failure
    assert time.monotonic() - begun < 1


def test_no_more_is_read_than_was_allowed() -> None:
    with listening(says(b"x" * 100)) as port:
        tools = kit()
        budget = tools.budget()
        bound = BoundSocket(connect("127.0.0.1", port, tools, budget, Trail()), budget, most=10)
        bound.sendall(b"?")
        with pytest.raises(ConnectError) as found:
            bound.read(50)
        bound.close()
    assert found.value.failure == Failure.GARBAGE


def test_a_part_of_a_budget_ends_before_it() -> None:
    hand = Hand()
    budget = hand.budget(9)
    part = Part(budget)
    assert part.remaining() == pytest.approx(3)
    hand.now = 2
    assert part.remaining() == pytest.approx(1)
    hand.now = 4
    assert (part.remaining(), budget.remaining()) == (0, 5)


@pytest.mark.parametrize(
    ("problem", "failure"),
    [
        (TimeoutError(), Failure.NO_ANSWER),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Failure.RESET),
        (BrokenPipeError(errno.EPIPE, "pipe"), Failure.RESET),
        (OSError("odd"), Failure.CLOSED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_how_a_connection_broke(problem: OSError, failure: Failure) -> None:
    assert cut_off(problem).failure == failure


def test_words_of_a_server_are_one_short_line() -> None:
    assert cut("a\r\n\x1b[31mb\x00" + "x" * 1000) == "a [31mb " + "x" * 192
    assert cut("") == ""


@pytest.mark.parametrize(
    ("failure", "arrived"),
    [
        ("", True),
        (Failure.REFUSED, True),
        (Failure.NO_ANSWER, True),
        (Failure.CA_WRONG, True),
        ("NOAUTH", True),
        (Failure.TIMED_OUT, False),
        (Failure.OUT_OF_REACH, None),
        (Failure.NO_ROUTE, None),
        (Failure.NO_NAME, None),
        (Failure.DNS_TIMED_OUT, None),
    ],
)
def test_what_a_failure_tells_of_packets(failure: str, arrived: bool | None) -> None:  # noqa: FBT001
    assert packets_arrived(failure) is arrived
