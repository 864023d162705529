"""A service that sends everything into its VPC has a way out, and a NAT that is paid for is used.

Why:
    With egress ALL_TRAFFIC a request to api.openai.com or storage.googleapis.com enters the VPC like any other: it
    needs a default route, a Cloud NAT that takes the connector's own subnet (a connector with a range of its own has
    a hidden one, which no NAT can list), and an egress firewall that lets it go. Without one of them every call to
    the outside times out. The other way round, with PRIVATE_RANGES_ONLY such requests never enter the VPC: a NAT and
    its fixed address are not used, and a partner who admits that address only sees another one. And a deny-all of
    egress also swallows Google's own APIs.

Remediation:
    Give the network a NAT for all subnets (or a connector in a subnet of its own that the NAT lists), allow tcp:443 to
    199.36.153.8/30 where Google APIs are reached through private.googleapis.com, or send only private ranges into the
    VPC. Where no service may reach the internet, say `internet: false`: then every packet that does is a failure.

References:
    https://cloud.google.com/run/docs/configuring/networking-best-practices
    https://cloud.google.com/run/docs/configuring/static-outbound-ip
    https://cloud.google.com/nat/docs/overview https://cloud.google.com/vpc/docs/configure-private-google-access
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from validator.check import Fix, Params, Proof, Severity, Skip, Undecided, Verdicts, Violation, check
from validator.gcp.attachments import network_words
from validator.gcp.nat_users import NatUsers, Unused
from validator.gcp.paths.paths import Paths, Question
from validator.gcp.paths.trace import End, Reach, Result, Trace
from validator.headerspace.spelling import spell_packet
from validator.model.run import Service, Serving, Template

#: What a network carries to the internet at all. https://cloud.google.com/vpc/docs/firewalls#blockedtraffic
_EVERYTHING: tuple[tuple[str, tuple[str, ...]], ...] = (("tcp", ("0-65535",)), ("udp", ("0-65535",)), ("icmp", ()))
_SHUT = Fix(
    summary="Send all traffic into the VPC and deny it there: an egress rule for the connector's or interface's tag.",
    terraform='egress = "ALL_TRAFFIC"',
)
#: Any API of Google's that is not served from an address of its own.
_GOOGLE_API = "host:storage.googleapis.com:443"


class Egress(Params, frozen=True, kw_only=True):
    """Where services that send everything into the VPC must get."""

    #: true: they must reach the internet; false: they must not, by any way; default: they must, unless a firewall rule,
    #: which somebody wrote, keeps them from it.
    internet: bool | None = None
    #: Whether they must reach Google APIs.
    google_apis: bool = True
    #: Port by which the internet is tried.
    port: int = 443


@check(severity=Severity.ERROR)
def egress(service: Service, *, paths: Paths, serving: Serving, users: NatUsers, params: Egress) -> Verdicts:
    """Judge the way out of every revision that serves."""
    templates = serving.of(service)
    source = f"run/{service.location}/{service.short}"
    if params.internet is False:
        answers = (paths.answer(Question.parse(source, "internet", *what)) for what in _EVERYTHING)
        yield from _shut(service, tuple(answers))
    if not any(map(_enters, templates)):
        message = "has no VPC access, so all it sends leaves by Google's own way"
        yield Skip(code="VPC_CONNECTOR_NOT_SET", message=f"{service.label} {message}", evidence=(service.path,))
        return
    for unused in users.idle_beside(service):
        yield _unused(service, unused)
    if not any(map(_sends_everything, templates)):
        yield Proof(message="sends private ranges only into the VPC; the rest leaves by Google's own way")
        return
    if params.internet is not False:
        yield from _internet(paths.answer(Question.parse(source, "internet", "tcp", (str(params.port),))), params)
    if params.google_apis:
        yield from _judged(paths.answer(Question.parse(source, _GOOGLE_API)), "Google APIs")


def _enters(template: Template) -> bool:
    access = template.vpc_access
    return access is not None and bool(access.connector or access.network_interfaces)


def _sends_everything(template: Template) -> bool:
    return template.vpc_access is not None and template.vpc_access.egress == "ALL_TRAFFIC"


def _internet(reach: Reach, params: Egress) -> Verdicts:
    """What a firewall rule denies is somebody's decision, unless the internet is asked for outright."""
    meant = () if params.internet else tuple(t for t in reach.traces if (t.end, t.code) == (End.DROP, "FIREWALL_RULE"))
    if meant and len(meant) == len(reach.traces):
        yield Proof(
            message=f"a firewall rule keeps it from the internet: {meant[0].message}", evidence=meant[0].evidence
        )
        return
    yield from _judged(reach, "the internet", meant)


def _shut(service: Service, answers: tuple[Reach, ...]) -> Verdicts:
    """Nothing may get to the internet, inside the VPC or past it; any packet that does, or may, is shown."""
    arriving = [trace for reach in answers for trace in reach.ending(End.DELIVER)]
    unclear = [trace for reach in answers for trace in reach.ending(End.ABORT, End.FORWARD)]
    for trace in _first_of_each(arriving or unclear):
        kind = Violation if trace.end is End.DELIVER else Undecided
        word = "reaches" if trace.end is End.DELIVER else "may reach"
        shown = f" Packet: {spell_packet(trace.packets.witness)}." if trace.packets else ""
        way = ", ".join(hop.words for hop in trace.hops[-2:])
        message = f"{service.label} must not reach the internet and {word} it: {way}.{shown}"
        yield kind(code="INTERNET_REACHED", message=message, evidence=(service.path, *trace.evidence), fix=_SHUT)
    if all(reach.result is Result.UNREACHABLE for reach in answers):
        yield Proof(message="reaches nothing on the internet", evidence=(service.path,))


def _judged(reach: Reach, where: str, meant: tuple[Trace, ...] = ()) -> Verdicts:
    lost = [trace for trace in reach.ending(End.DROP, End.ABORT, End.FORWARD) if trace not in meant]
    for trace in _first_of_each(lost):
        kind = Violation if trace.end is End.DROP else Undecided
        shown = f" Packet: {spell_packet(trace.packets.witness)}." if trace.packets else ""
        message = f"{reach.source.rsplit('/', 1)[-1]} sends all traffic into the VPC: {trace.message}{shown}"
        yield kind(code=trace.code, message=message, evidence=trace.evidence, fix=trace.mend)
    if not lost:
        yield Proof(message=f"reaches {where} through the VPC")


def _first_of_each(traces: list[Trace]) -> Iterator[Trace]:
    yield from {(trace.end, trace.code, trace.message): trace for trace in reversed(traces)}.values()


def _unused(service: Service, unused: Unused) -> Violation:
    nat, where = unused.gateway.nat, network_words(unused.gateway.network)
    fixed = f" A partner who admits its address ({len(nat.nat_ips)} reserved) sees another." if nat.nat_ips else ""
    message = (
        f"NAT {nat.name} on {where} is not used: {service.label} has egress PRIVATE_RANGES_ONLY, so its requests to "
        f"the internet go past the VPC, and no VM and no other service uses it.{fixed}"
    )
    words = ["gcloud", "run", "services", "update", service.short, "--vpc-egress=all-traffic"]
    line = shlex.join([*words, f"--region={service.location}", f"--project={service.project}"])
    return Violation(
        code="NAT_NOT_USED",
        message=message,
        evidence=(service.path, unused.gateway.router, "egress=PRIVATE_RANGES_ONLY"),
        fix=Fix(
            summary="Send all traffic into the VPC if the fixed address is needed, else delete the NAT.",
            gcloud=(line,),
            terraform='egress = "ALL_TRAFFIC"',
        ),
        severity=Severity.WARNING if nat.nat_ips else Severity.INFO,
    )
