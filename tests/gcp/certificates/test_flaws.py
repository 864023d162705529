"""What clients may refuse an uploaded certificate for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.judging import NOW
from validator.gcp.certificates.flaws import flaws
from validator.gcp.certificates.held import Held
from validator.gcp.certificates.x509 import Chain, Signed, Unreadable


def signed(subject: str = "CN=api", issuer: str = "CN=middle", **changes: Any) -> Signed:
    fields: dict[str, Any] = {"key_type": "EC", "key_bits": 256, "signature_hash": "sha256", "is_ca": True}
    fields |= {"not_before": NOW, "not_after": NOW + dt.timedelta(days=47)}
    return Signed(subject=subject, issuer=issuer, **(fields | changes))


MIDDLE, ROOT = signed("CN=middle", "CN=root"), signed("CN=root", "CN=root", signature_hash="sha1")


def chain(*behind: Signed, leaf: Signed | None = None, **changes: Any) -> Chain:
    """A chain of a leaf, and of an intermediate unless others stand behind it."""
    fields: dict[str, Any] = {
        "fingerprint": "00",
        "not_before": NOW,
        "not_after": NOW + dt.timedelta(days=47),
        "dns_names": (),
        "addresses": (),
        "for_servers": True,
        "signed": (leaf or signed(), *behind),
    }
    return Chain(**(fields | changes))


SOUND: dict[str, Chain | None] = {
    "a leaf and its intermediate": chain(MIDDLE),
    "the root as well, whatever signs that": chain(MIDDLE, ROOT),
    "an RSA key of 2048 bits": chain(MIDDLE, leaf=signed(key_type="RSA", key_bits=2048)),
    "a root of the first kind, which knows no constraints": chain(MIDDLE, signed("CN=root", "CN=root", is_ca=False)),
    "a cross-signed root in force": chain(MIDDLE, signed("CN=root", "CN=old")),
    "a cross-signed issuer of which one certificate is in force": chain(
        signed("CN=middle", "CN=old", not_after=NOW - dt.timedelta(days=9)), MIDDLE
    ),
    "a key of one size": chain(MIDDLE, leaf=signed(key_type="Ed25519", key_bits=0, signature_hash="")),
    "a key that is not understood": chain(MIDDLE, leaf=signed(key_type="", key_bits=0, signature_hash="")),
    "no PEM": None,
}
FLAWED: dict[str, tuple[Chain | Unreadable, list[str], str]] = {
    "an RSA key of 1024 bits": (
        chain(MIDDLE, leaf=signed(key_type="RSA", key_bits=1024)),
        ["CERTIFICATE_KEY_TOO_SMALL"],
        "has a key of 1024 bits (RSA), at least 2048 are expected",
    ),
    "an EC key of 192 bits": (
        chain(MIDDLE, leaf=signed(key_bits=192)),
        ["CERTIFICATE_KEY_TOO_SMALL"],
        "has a key of 192 bits (EC)",
    ),
    "a leaf signed with SHA-1": (
        chain(MIDDLE, leaf=signed(signature_hash="sha1")),
        ["CERTIFICATE_WEAK_SIGNATURE"],
        "CN=api is signed with SHA1",
    ),
    "an intermediate signed with MD5": (
        chain(signed("CN=middle", "CN=root", signature_hash="md5"), ROOT),
        ["CERTIFICATE_WEAK_SIGNATURE"],
        "CN=middle is signed with MD5",
    ),
    "a client's certificate": (chain(MIDDLE, for_servers=False), ["CERTIFICATE_NOT_FOR_SERVERS"], "without serverAuth"),
    "an issuer that may sign none": (
        chain(signed("CN=middle", "CN=root", is_ca=False)),
        ["CERTIFICATE_ISSUER_NO_CA"],
        "is signed by CN=middle, which its own constraints make no certificate authority",
    ),
    "a cross-signed root whose signature is over": (
        chain(MIDDLE, signed("CN=root", "CN=old", not_after=NOW - dt.timedelta(days=9))),
        ["CERTIFICATE_CROSS_SIGNATURE_OVER"],
        "has a chain in which CN=root, as signed by CN=old, ended on 2026-11-11: clients without a root of that name",
    ),
    "a cross-signed root whose signature has not begun": (
        chain(MIDDLE, signed("CN=root", "CN=old", not_before=NOW + dt.timedelta(days=9))),
        ["CERTIFICATE_CROSS_SIGNATURE_NOT_BEGUN"],
        "begins on 2026-11-29 only",
    ),
    "no intermediate": (chain(), ["CERTIFICATE_CHAIN_INCOMPLETE"], "without the certificate of its issuer (CN=middle)"),
    "the root before the intermediate": (
        chain(ROOT, MIDDLE, broken_at=0),
        ["CERTIFICATE_CHAIN_OUT_OF_ORDER"],
        "CN=api is followed by CN=root, which did not sign it",
    ),
    "a stranger without subject at the end": (
        chain(MIDDLE, signed(""), broken_at=1),
        ["CERTIFICATE_CHAIN_OUT_OF_ORDER"],
        "CN=middle is followed by a certificate without subject",
    ),
    "one that signed itself": (
        chain(leaf=signed(issuer="CN=api")),
        ["CERTIFICATE_SELF_SIGNED"],
        "is signed by itself",
    ),
    "a PEM that cannot be read": (Unreadable("short"), ["CERTIFICATE_UNREADABLE"], "cannot be read (short)"),
}


def held(pem: Chain | Unreadable | None, *, managed: bool = False) -> Held:
    return Held(path="projects/acme/global/sslCertificates/web", classic=True, managed=managed, names=(), pem=pem)


@pytest.mark.parametrize("pem", SOUND.values(), ids=SOUND)
def test_sound(pem: Chain | None) -> None:
    assert list(flaws(held(pem), NOW)) == []


@pytest.mark.parametrize(("pem", "codes", "words"), FLAWED.values(), ids=FLAWED)
def test_flawed(pem: Chain | Unreadable, codes: list[str], words: str) -> None:
    found = list(flaws(held(pem), NOW))
    assert [flaw.code for flaw in found] == codes
    assert words in found[0].words
    assert all(flaw.mend.endswith(".") for flaw in found)


def test_what_google_issues_is_not_judged() -> None:
    assert list(flaws(held(chain(), managed=True), NOW)) == []
