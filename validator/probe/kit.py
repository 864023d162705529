"""What every probe has at hand: patience, dice, a resolver, passwords, and what was found dead already."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

import msgspec

from validator.model.environment import Probing
from validator.patience import Budget
from validator.probe.circuit import Circuit
from validator.probe.passwords import Password, Passwords
from validator.probe.silence import Silence

#: How long a password that comes out of a pipe is waited for, seconds.
_LONGEST_WAIT_S = 10.0


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """Shared by all probes of a run, in many threads at once."""

    probing: Probing
    #: Whether this machine is declared to be inside the VPC.
    inside: bool
    #: Seconds since some instant, never backwards.
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    #: Uniform in 0..1.
    random: Callable[[], float]
    environ: Mapping[str, str]
    circuit: Circuit = msgspec.field(default_factory=Circuit)
    passwords: Passwords = msgspec.field(default_factory=Passwords)
    silence: Silence = msgspec.field(default_factory=Silence)

    def __repr__(self) -> str:
        """Nothing of the environment variables, which hold secrets."""
        return f"Kit({self.vantage})"

    @property
    def vantage(self) -> str:
        """Where probes are made from, as rows say it."""
        return "vpc" if self.inside else "outside"

    def budget(self) -> Budget:
        """The time of one probe, from now on; pauses between its tries grow from 1 s to 60 s."""
        return Budget(
            self.probing.budget_s,
            clock=self.clock,
            sleep=self.sleep,
            random=self.random,
            first_s=1.0,
            longest_s=60.0,
        )

    def out_of_reach(self, address: str, *, private: bool = False) -> bool:
        """Whether the address means something only inside the VPC, and this machine is not there.

        Args:
            address: as it was resolved.
            private: whether it is known to be in a VPC: networks may use public ranges for themselves.
        """
        return not self.inside and (private or not ipaddress.ip_address(address).is_global)

    def redis_password(self, instance: str, *, only: bool) -> Password | None:
        """The AUTH password for the instance of this name; None without one, from outside, and for who is none.

        `only` says that no other instance wants a password.
        """
        if not self.inside or not instance:
            return None
        wait_s = min(_LONGEST_WAIT_S, self.probing.budget_s)
        return self.passwords.find(instance, self.probing.redis_passwords, self.environ, only=only, wait_s=wait_s)
