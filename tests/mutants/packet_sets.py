"""Faults in the sets of packets and the index over them."""

from __future__ import annotations

from tests.mutants.mutant import slips

PACKET_SETS = (
    *slips(
        "validator.headerspace.intervals",
        (
            "adjacent spans are not merged",
            "first <= merged[-1][1] + 1",
            "first <= merged[-1][1]",
            "tests/headerspace/test_intervals.py::test_one_set_has_one_spelling",
        ),
        (
            "a contained span shortens its container",
            "max(last, merged[-1][1])",
            "last",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "spans are taken as they come",
            "in sorted(spans)",
            "in spans",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a clip ends one too early",
            "max(low, first), min(high, last)",
            "max(low, first), min(high, last - 1)",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a clip stops before the last span",
            "if low > last:",
            "if low >= last:",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a difference keeps the last number",
            "yield first, low - 1",
            "yield first, low",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a difference loses the next number",
            "first = high + 1",
            "first = high + 2",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "the end of a difference is lost",
            "if first <= last:\n        yield",
            "if first < last:\n        yield",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a span's first number is not in it",
            "self.spans[at][0] <= number",
            "self.spans[at][0] < number",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a span counts one too few",
            "sum(last - first + 1 for",
            "sum(last - first for",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "touching at one number is not meeting",
            "spans[at][0] <= last\n",
            "spans[at][0] < last\n",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a set on one side only is within",
            "first <= many.spans[0][0] and",
            "first <= many.spans[0][0] or",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
        (
            "subset is the other way round",
            "return not self - other",
            "return not other - self",
            "tests/headerspace/test_intervals.py::test_the_operations_are_those_of_sets",
        ),
    ),
    *slips(
        "validator.headerspace.product",
        (
            "equal rests are not merged",
            "union(some), rest)",
            "some[0], rest)",
            "tests/headerspace/test_packets.py::test_the_operations_are_those_of_sets",
        ),
        (
            "parts are not sorted",
            "key=lambda part: part[0].spans",
            "key=lambda part: 0",
            "tests/headerspace/test_packets.py::test_one_set_has_one_spelling",
        ),
        (
            "what is joined keeps only one rest",
            "yield both, rest | rests",
            "yield both, rest",
            "tests/headerspace/test_packets.py::test_the_operations_are_those_of_sets",
        ),
        (
            "what only the right has is given twice",
            "yield others - taken, rests",
            "yield others, rests",
            "tests/headerspace/test_packets.py::test_the_operations_are_those_of_sets",
        ),
        (
            "a difference takes nothing away",
            "yield both, rest - rests",
            "yield both, rest",
            "tests/headerspace/test_packets.py::test_the_operations_are_those_of_sets",
        ),
        (
            "an empty rest is kept",
            "if numbers and rest:",
            "if numbers:",
            "tests/headerspace/test_packets.py::test_the_operations_are_those_of_sets",
        ),
        (
            "parts that touch do not meet",
            "left.spans[0][0] > right.spans[-1][1]",
            "left.spans[0][0] >= right.spans[-1][1]",
            "tests/headerspace/test_packets.py::test_the_operations_are_those_of_sets",
        ),
    ),
    *slips(
        "validator.headerspace.axes",
        (
            "host bits are refused",
            "ip_network(block, strict=False)",
            "ip_network(block, strict=True)",
            "tests/headerspace/test_axes.py::test_host_bits_are_ignored",
        ),
        (
            "a range ends one too late",
            "first + network.num_addresses - 1",
            "first + network.num_addresses",
            "tests/headerspace/test_axes.py::test_both_families_are_on_one_line_and_apart",
        ),
        (
            "IPv6 touches IPv4",
            "_V6 = 2**32 + 1",
            "_V6 = 2**32",
            "tests/headerspace/test_axes.py::test_both_families_are_on_one_line_and_apart",
        ),
        (
            "protocol 256 is one",
            "if not 0 <= protocol <= 255:",
            "if not 0 <= protocol <= 256:",
            "tests/headerspace/test_axes.py::test_a_protocol_is_one_byte",
        ),
        (
            "port 65536 is one",
            "0 <= number < _PORTS",
            "0 <= number <= _PORTS",
            "tests/headerspace/test_axes.py::test_a_port_is_two_bytes",
        ),
        (
            "a protocol reaches into the next",
            "_START[protocol + 1] - 1",
            "_START[protocol + 1]",
            "tests/headerspace/test_axes.py::test_a_protocol_without_ports_takes_none",
        ),
        (
            "SCTP has no ports",
            '{6: "tcp", 17: "udp", 132: "sctp"}',
            '{6: "tcp", 17: "udp"}',
            "tests/headerspace/test_axes.py::test_a_protocol_with_ports_has_all_of_them",
        ),
    ),
    *slips(
        "validator.headerspace.packets",
        (
            "IPv6 is forgotten",
            "for family in (V4, V6))",
            "for family in (V4,))",
            "tests/headerspace/test_spelling.py::test_nothing_and_everything",
        ),
        (
            "families mix",
            "(sources & family, destinations & family)",
            "(sources & family, destinations)",
            "tests/headerspace/test_spelling.py::test_nothing_and_everything",
        ),
    ),
    *slips(
        "validator.headerspace.spelling",
        (
            "the last of a list is dropped",
            "if len(every) > limit",
            "if len(every) >= limit",
            "tests/headerspace/test_spelling.py::test_more_boxes_than_the_limit_are_counted",
        ),
        (
            "a range is any",
            "if some == ANYWHERE",
            "if some <= ANYWHERE",
            "tests/headerspace/test_spelling.py::test_a_flow",
        ),
        (
            "what is left out is miscounted",
            "len(every) - limit",
            "len(every)",
            "tests/headerspace/test_spelling.py::test_more_boxes_than_the_limit_are_counted",
        ),
    ),
    *slips(
        "validator.headerspace.line",
        (
            "sets that begin inside are missed",
            "self.at(first) | self._entered_between(",
            "self.at(first) & self._entered_between(",
            "tests/headerspace/test_line.py::test_which_sets_meet_a_set",
        ),
        (
            "a turn inside a stride is forgotten",
            "self._turns[end - end % _STRIDE : end]",
            "self._turns[end - end % _STRIDE : end - 1]",
            "tests/headerspace/test_line.py::test_which_sets_hold_a_number",
        ),
        (
            "a number counts for the place before",
            "bisect_right(self._at, number)",
            "bisect_right(self._at, number - 1)",
            "tests/headerspace/test_line.py::test_which_sets_hold_a_number",
        ),
        (
            "the rest of a stride is not looked at",
            "| self._entered(last * _STRIDE, stop)",
            "",
            "tests/headerspace/test_ordered.py::test_a_gap_that_guessing_misses_is_found_by_the_sweep",
        ),
        (
            "an odd leaf of the tree is lost",
            "if low & 1:",
            "if False:",
            "tests/headerspace/test_line.py::test_which_sets_meet_a_set",
        ),
    ),
    *slips(
        "validator.headerspace.sweep",
        (
            "a box over all sources takes nothing",
            "intervals(taken.pop(sources, ()))",
            "intervals(taken.pop(sources, ())[:0])",
            "tests/headerspace/test_sweep.py::test_what_is_left_of_scattered_packets",
        ),
        (
            "a cut ends one too late",
            "found[mask].append((start, numbers[at] - 1))",
            "found[mask].append((start, numbers[at]))",
            "tests/headerspace/test_sweep.py::test_what_is_left_of_a_box_has_the_one_spelling",
        ),
        (
            "a turn is one too early",
            "turns[last + 1] ^=",
            "turns[last] ^=",
            "tests/headerspace/test_sweep.py::test_what_is_left_of_scattered_packets",
        ),
        (
            "a box that holds all is forgotten",
            "always |= 1 << position",
            "pass",
            "tests/headerspace/test_sweep.py::test_what_is_left_of_scattered_packets",
        ),
        (
            "boxes with the same sources replace each other",
            "found[met].extend(box.destinations.spans)",
            "found[met] = list(box.destinations.spans)",
            "tests/headerspace/test_sweep.py::test_what_is_left_of_a_box_has_the_one_spelling",
        ),
    ),
    *slips(
        "validator.headerspace.ordered",
        (
            "a box is before itself",
            "return (1 << position) - 1",
            "return (1 << position + 1) - 1",
            "tests/headerspace/test_shares.py::test_each_takes_what_is_left_for_it",
        ),
        (
            "destinations do not count",
            "return found and found & self._destinations.over(box.destinations)",
            "return found",
            "tests/headerspace/test_ordered.py::test_the_boxes_that_meet_a_box",
        ),
        (
            "a covering box may have holes",
            "if _within(box, self.boxes[position])",
            "if True",
            "tests/headerspace/test_ordered.py::test_a_box_with_a_hole_does_not_cover_though_it_holds_both_ends",
        ),
        (
            "a guess is a witness",
            "return None if held else Point",
            "return Point",
            "tests/headerspace/test_ordered.py::test_a_box_changes_something_exactly_where_the_next_one_says_otherwise",
        ),
        (
            "who takes what nobody took is turned round",
            "not last_agrees if found is None",
            "last_agrees if found is None",
            "tests/headerspace/test_ordered.py::test_a_box_changes_something_exactly_where_the_next_one_says_otherwise",
        ),
        (
            "a rule is compared with itself",
            "others = among & ~(1 << position)",
            "others = among",
            "tests/headerspace/test_ordered.py::test_a_box_changes_something_exactly_where_the_next_one_says_otherwise",
        ),
    ),
    *slips(
        "validator.headerspace.shares",
        (
            "a set of several boxes moves by one",
            "start += len(own)",
            "start += 1",
            "tests/headerspace/test_shares.py::test_each_takes_what_is_left_for_it",
        ),
        (
            "one covered box stands for all",
            "covered = covered and",
            "covered =",
            "tests/headerspace/test_shares.py::test_each_takes_what_is_left_for_it",
        ),
    ),
)
