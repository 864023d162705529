"""Certificates in PEM, freshly made."""

from __future__ import annotations

import datetime as dt

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtensionOID

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


def through(*names: str, start: dt.datetime, end: dt.datetime, is_ca: bool = True, days: int = 80) -> str:
    """A certificate for the names, good for so many days from now, and the intermediate of this validity behind it."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    leaf = _builder("leaf", "middle", keys[0]).not_valid_before(NOW).not_valid_after(NOW + dt.timedelta(days=days))
    alternatives = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
    middle = _builder("middle", "root", keys[1]).not_valid_before(start).not_valid_after(end)
    limits = x509.BasicConstraints(ca=is_ca, path_length=None)
    signed = (
        leaf.add_extension(alternatives, critical=False).sign(keys[1], hashes.SHA256()),
        middle.add_extension(limits, critical=True).sign(keys[2], hashes.SHA256()),
    )
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in signed)


def odd_alternative(tag: int, *names: str) -> str:
    """A certificate for the names whose alternatives also hold a directory name of this ASN.1 type."""
    common_name = _tlv(0x30, b"\x06\x03\x55\x04\x03" + _tlv(tag, b"\x00ab"))
    directory = _tlv(0xA4, _tlv(0x30, _tlv(0x31, common_name)))
    encoded = _tlv(0x30, b"".join(_tlv(0x82, one.encode()) for one in names) + directory)
    key = ec.generate_private_key(ec.SECP256R1())
    odd = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, encoded)
    builder = _builder("odd", "odd", key).not_valid_before(NOW).not_valid_after(NOW + dt.timedelta(days=47))
    made = builder.add_extension(odd, critical=False).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    spelt = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in (subject, issuer)]
    builder = x509.CertificateBuilder().subject_name(spelt[0]).issuer_name(spelt[1]).serial_number(1)
    return builder.public_key(key.public_key())


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content
