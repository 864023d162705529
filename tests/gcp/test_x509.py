"""What a PEM chain says, and that a text which is none is told so."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.pems import Key, chain_of, self_signed
from validator.gcp.x509 import Chain, Unreadable, read_chain

PEM_BOX = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
#: No certificate, and why.
UNREADABLE = {
    "nothing": "",
    "no PEM": "hello",
    "an empty block": PEM_BOX.format(""),
    "a block that is no Base64": PEM_BOX.format("MIID...AAA"),
    "a block that is no certificate": PEM_BOX.format("AAAA"),
}


def chain(pem: str) -> Chain:
    found = read_chain(pem)
    assert isinstance(found, Chain)
    return found


@pytest.mark.parametrize("pem", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_certificate_is_told_so(pem: str) -> None:
    found = read_chain(pem)
    assert isinstance(found, Unreadable)
    assert found.reason


def test_names_and_addresses_are_told_apart() -> None:
    found = chain(chain_of(trustme.CA(), "api.example.com", "*.example.com", "10.0.0.1", "2001:db8::1"))
    assert found.dns_names == ("api.example.com", "*.example.com")
    assert found.addresses == (ipaddress.ip_address("10.0.0.1").packed, ipaddress.ip_address("2001:db8::1").packed)
    assert found.for_servers


def test_five_hundred_names_are_read() -> None:
    names = [f"host-{number}.example.com" for number in range(500)]
    assert chain(chain_of(trustme.CA(), *names)).dns_names == tuple(names)


def test_without_alternative_names_the_common_name_is_none() -> None:
    found = chain(self_signed())
    assert (found.dns_names, found.addresses, found.leaf.subject) == ((), (), "CN=self")
    assert found.leaf.self_issued


def test_the_fingerprint_is_that_of_the_leaf() -> None:
    pem = chain_of(trustme.CA(), "api.example.com")
    leaf = x509.load_pem_x509_certificate(pem.encode())
    assert chain(pem).fingerprint == leaf.fingerprint(hashes.SHA256()).hex()


def test_the_validity_is_the_leaf_s() -> None:
    start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    found = chain(self_signed(start=start))
    assert found.not_before == start
    assert found.lifetime == dt.timedelta(days=47)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (ec.generate_private_key(ec.SECP384R1()), ("EC", 384, "sha256")),
        (rsa.generate_private_key(65537, 1024), ("RSA", 1024, "sha256")),  # noqa: S505 - a weak key is what is read
        (ed25519.Ed25519PrivateKey.generate(), ("Ed25519", 0, "")),
    ],
    ids=["EC", "RSA", "Ed25519"],
)
def test_key_and_signature_are_told(key: Key, told: tuple[str, int, str]) -> None:
    leaf = chain(self_signed(key=key)).leaf
    assert (leaf.key_type, leaf.key_bits, leaf.signature_hash) == told


def test_a_chain_through_an_intermediate_is_in_order() -> None:
    root = trustme.CA()
    intermediate = root.create_child_ca()
    pem = chain_of(intermediate, "api.example.com")
    found = chain(pem)
    assert (len(found.signed), found.broken_at) == (2, None)
    assert chain(pem + root.cert_pem.bytes().decode()).broken_at is None


def test_where_a_chain_is_out_of_order_is_told() -> None:
    root = trustme.CA()
    intermediate = root.create_child_ca()
    leaf, middle = (pem.bytes().decode() for pem in intermediate.issue_cert("api.example.com").cert_chain_pems)
    top = root.cert_pem.bytes().decode()
    assert chain(leaf + top + middle).broken_at == 0
    assert chain(leaf + middle + trustme.CA().cert_pem.bytes().decode()).broken_at == 1


def test_an_issuer_of_the_right_name_with_another_key_does_not_count() -> None:
    one, other = (self_signed() for _ in range(2))
    assert chain(one + other).broken_at == 0
