"""What every probe has at hand: patience, dice, a resolver, passwords, and what was found dead already."""

from __future__ import annotations

import fnmatch
import ipaddress
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from validator.model.environment import Probing, SecretSource
from validator.patience import Budget
from validator.probe.circuit import Circuit

#: Where a password is taken from if the environment says nothing of it.
PASSWORD_VARIABLE = "VALIDATE_INFRA_REDIS_PASSWORD"  # noqa: S105 - the name of a variable
PASSWORD_FILE_VARIABLE = f"{PASSWORD_VARIABLE}_FILE"
_SHORTEST_SECRET = 4


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

    def out_of_reach(self, address: str) -> bool:
        """Whether the address means something only inside the VPC, and this machine is not there."""
        return not self.inside and not ipaddress.ip_address(address).is_global

    def redis_password(self, instance: str) -> Password | None:
        """The AUTH password for the instance of this name, where one is given; never for a host nobody knows.

        The most telling pattern of `probes.redis_passwords` counts: the name itself before a glob. A source that is
        named and not there, or empty, is an empty password with the reason.
        """
        given = self.probing.redis_passwords
        patterns = sorted((p for p in given if fnmatch.fnmatchcase(instance, p)), key=lambda p: (p != instance, p))
        if not instance:
            return None
        return self._taken(given[patterns[0]]) if patterns else self._usual()

    def _usual(self) -> Password | None:
        if PASSWORD_VARIABLE in self.environ:
            return self._taken(SecretSource(env=PASSWORD_VARIABLE))
        if file := self.environ.get(PASSWORD_FILE_VARIABLE):
            return self._taken(SecretSource(file=file))
        return None

    def _taken(self, source: SecretSource) -> Password:
        if source.env:
            text = self.environ.get(source.env, "").rstrip("\r\n")
            return Password(text=text, source=f"${source.env}", problem="" if text else f"${source.env} is not set")
        try:
            text = Path(source.file).read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, ValueError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else "it is no text"
            return Password(source=source.file, problem=f"{source.file} cannot be read: {reason}")
        return Password(text=text, source=source.file, problem="" if text else f"{source.file} is empty")


class Password:
    """A secret that no representation shows; only whoever sends it asks for the text."""

    __slots__ = ("problem", "source", "text")

    def __init__(self, *, text: str = "", source: str, problem: str = "") -> None:
        """The password.

        Args:
            text: the secret itself; "" where there is none.
            source: where it was taken from, for messages: "$REDIS_AUTH" or a path.
            problem: why there is none.
        """
        self.text = text
        self.source = source
        self.problem = problem

    def __repr__(self) -> str:
        """The source alone."""
        return f"Password(from {self.source})"

    def hidden_in(self, said: str) -> str:
        """The text of a server or library without the secret, should it repeat it."""
        return said.replace(self.text, "***") if len(self.text) >= _SHORTEST_SECRET else said
