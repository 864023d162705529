"""Decoding on many threads at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

_RACE = """
import sys, threading
sys.setswitchinterval(1e-6)
import msgspec
from validator.collect.decode import prepare_decoding
from validator.model.kinds import KINDS
prepare_decoding(KINDS.values())
start = threading.Barrier(16)
def decode():
    start.wait()
    for kind in KINDS.values():
        try:
            msgspec.convert({"name": "x", "template": {"containers": [{"env": [{}]}]}}, kind, strict=False)
        except msgspec.ValidationError:
            pass
threads = [threading.Thread(target=decode) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


@pytest.mark.parametrize("attempt", range(4))
def test_threads_that_decode_a_kind_for_the_first_time_at_once_do_not_crash(attempt: int) -> None:
    done = subprocess.run([sys.executable, "-c", _RACE], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, f"attempt {attempt}: {done.stderr}"
