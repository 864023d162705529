"""Certificates in PEM, freshly made."""

from __future__ import annotations

import datetime as dt

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.judging import NOW

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def chain_of(authority: trustme.CA, *names: str) -> str:
    """A certificate for the names and addresses, issued by the authority, with the intermediates up to its root."""
    return "".join(pem.bytes().decode() for pem in authority.issue_cert(*names).cert_chain_pems)


def through_intermediate(*names: str) -> str:
    """The same, through one intermediate of an authority of its own."""
    return chain_of(trustme.CA().create_child_ca(), *names)


def self_signed(*names: str, key: Key | None = None, days: int = 47, start: dt.datetime = NOW) -> str:
    """A certificate signed by its own key (EC P-256 unless one is given), without any extension but the names."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "self")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.not_valid_before(start).not_valid_after(start + dt.timedelta(days=days))
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = builder.public_key(key.public_key()).sign(key, algorithm)
    return made.public_bytes(serialization.Encoding.PEM).decode()
