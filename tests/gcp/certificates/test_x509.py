"""What a PEM chain says, and that a text which is none is told so."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import random

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.judging import NOW
from tests.pems import Key, chain_of, odd_alternative, self_signed, through, through_intermediate
from validator.gcp.certificates.x509 import Chain, Unreadable, read_chain

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


DAY = dt.timedelta(days=1)


def test_the_validity_of_each_certificate_is_told() -> None:
    found = chain(through("a.example.com", start=NOW - 900 * DAY, end=NOW - 30 * DAY))
    assert [(one.not_before, one.not_after) for one in found.signed] == [
        (NOW, NOW + 80 * DAY),
        (NOW - 900 * DAY, NOW - 30 * DAY),
    ]


def test_the_first_end_is_that_of_the_leaf_or_of_an_issuer_and_never_of_a_root() -> None:
    soon = chain(through("a.example.com", start=NOW - 900 * DAY, end=NOW + 2 * DAY))
    assert (soon.first_to_end.subject, soon.last_to_begin.subject) == ("CN=middle", "CN=leaf")
    late = chain(through("a.example.com", start=NOW + DAY, end=NOW + 900 * DAY))
    assert (late.first_to_end.subject, late.last_to_begin.subject) == ("CN=leaf", "CN=middle")
    root = chain(self_signed("a.example.com") + self_signed(days=1))
    assert root.first_to_end == root.leaf


def test_an_authority_is_told_from_others() -> None:
    assert [one.is_ca for one in chain(through_intermediate("a.example.com")).signed] == [False, True]
    found = chain(through("a.example.com", start=NOW, end=NOW + DAY, is_ca=False))
    assert [one.is_ca for one in found.signed] == [False, False]


@pytest.mark.parametrize("tag", [0x03, 0x0C, 0x12, 0x1B, 0x8C])
def test_a_directory_name_of_an_odd_type_crashes_nothing(tag: int) -> None:
    found = read_chain(odd_alternative(tag, "a.example.com"))
    assert isinstance(found, Unreadable) or found.dns_names == ("a.example.com",)


@pytest.mark.filterwarnings("ignore")
def test_no_damage_to_a_certificate_crashes_anything() -> None:
    """A few bytes of a chain are overwritten, at random but always the same."""
    chosen = random.Random(7)  # noqa: S311 - nothing secret
    blocks = [pem.bytes().decode() for pem in trustme.CA().create_child_ca().issue_cert("a.org").cert_chain_pems]
    ders = [base64.b64decode("".join(block.split("-----")[2].split())) for block in blocks]
    for _ in range(2000):
        damaged = bytearray(chosen.choice(ders))
        for _ in range(chosen.choice((1, 2, 4))):
            damaged[chosen.randrange(len(damaged))] = chosen.choice((chosen.randrange(256), 3, 12, 22, 48, 160))
        found = read_chain(PEM_BOX.format(base64.b64encode(bytes(damaged)).decode()) + blocks[1])
        assert isinstance(found, Chain | Unreadable)
