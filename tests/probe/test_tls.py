"""The handshake probe against real TLS servers on loopback, and against servers that are none."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from tests.probe.kits import kit
from tests.probe.tls_server import (
    Serve,
    by_name,
    certified,
    closes,
    drips,
    flight,
    floods,
    listening,
    record,
    resets,
    says,
    silent,
    tls,
)
from validator.gcp.observed.handshake import Handshake
from validator.model.resource import target
from validator.probe.tls import observe

HOST = "api.example.com"
BUDGET_S = 0.5
CA = trustme.CA()
INTERMEDIATE = CA.create_child_ca()
LEAF = CA.issue_cert(HOST)
BEHIND = INTERMEDIATE.issue_cert(HOST)
OLD = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
V = ssl.TLSVersion
EVERYTHING = "ALL:@SECLEVEL=0"


def anonymous() -> ssl.SSLContext:
    """A server that needs no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("aNULL:@SECLEVEL=0")
    context.maximum_version = V.TLSv1_2
    return context


def self_made(alternatives: x509.ExtensionType | None) -> tuple[bytes, bytes]:
    """Key and certificate, in PEM, of one that signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, OLD, OLD + dt.timedelta(days=99_999))
    if alternatives:
        builder = builder.add_extension(alternatives, critical=False)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def sending(*pem: bytes) -> ssl.SSLContext:
    """A server that sends these certificates, whether or not they belong together; a key is among them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(b"".join(pem)).tempfile() as file:
        context.load_cert_chain(file)
    return context


#: A name that is no ASCII: OpenSSL takes it, and nobody can read it.
ODD = self_made(x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x03\x82\x01\xff"))


@pytest.fixture(scope="module")
def own_ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file that names the authority of most servers here."""
    file = tmp_path_factory.mktemp("authorities") / "ca.pem"
    CA.cert_pem.write_to_path(str(file))
    return str(file)


def see(
    serve: Serve, ca_file: str, host: str = HOST, address: str = "127.0.0.1", *, external: bool = True, **given: Any
) -> Handshake:
    """The row of a probe that tries once; it always ends within its budget."""
    with listening(serve, address) as port:
        return probe(port, host, address, external=external, **({"ca_file": ca_file} | given))


def probe(port: int, host: str = HOST, address: str = "127.0.0.1", *, external: bool = True, **given: Any) -> Handshake:
    asked = target("acme", at="x", host=host, address=address, port=str(port), external="1" if external else "")
    began = time.monotonic()
    settings: dict[str, Any] = {"budget_s": BUDGET_S, "random": lambda: 1.0}
    row = observe(asked, kit(**(settings | given)))
    assert time.monotonic() - began < BUDGET_S + 0.4
    return row


def wanting(context: ssl.SSLContext) -> ssl.SSLContext:
    """The server, which wants a certificate of its client too."""
    context.verify_mode = ssl.CERT_REQUIRED
    CA.configure_trust(context)
    return context


SHOWN: dict[str, tuple[ssl.SSLContext, dict[str, Any]]] = {
    "a certificate of an authority that is trusted": (
        certified(LEAF),
        {
            "failure": "",
            "distrust": "",
            "covered": True,
            "names": (HOST,),
            "name_count": 1,
            "sent": 1,
            "offered": ("TLS_1_2", "TLS_1_3"),
            "refused": ("TLS_1_0", "TLS_1_1"),
            "untried": (),
        },
    ),
    "a certificate with its intermediate": (certified(BEHIND), {"distrust": "", "sent": 2}),
    "a certificate without its intermediate": (
        sending(BEHIND.private_key_pem.bytes(), BEHIND.cert_chain_pems[0].bytes()),
        {"distrust": "CHAIN_INCOMPLETE", "sent": 1},
    ),
    "an authority that nobody knows": (
        certified(trustme.CA().create_child_ca().issue_cert(HOST)),
        {"distrust": "CERTIFICATE_AUTHORITY_UNKNOWN", "covered": True},
    ),
    "a certificate that signed itself": (
        sending(*self_made(x509.SubjectAlternativeName([x509.DNSName(HOST)]))),
        {"distrust": "CERTIFICATE_SELF_SIGNED", "covered": True},
    ),
    "an expired certificate": (
        certified(CA.issue_cert(HOST, not_before=OLD, not_after=OLD + dt.timedelta(days=90))),
        {"distrust": "CHAIN_NOT_IN_FORCE", "not_before": "2001-01-01T00:00:00+00:00", "covered": True, "failure": ""},
    ),
    "a certificate that has not begun": (
        certified(CA.issue_cert(HOST, not_before=OLD.replace(year=2999))),
        {"distrust": "CHAIN_NOT_IN_FORCE", "not_before": "2999-01-01T00:00:00+00:00"},
    ),
    "a certificate of another name": (
        certified(CA.issue_cert("www.example.com")),
        {"covered": False, "names": ("www.example.com",), "distrust": ""},
    ),
    "a wildcard": (certified(CA.issue_cert("*.example.com")), {"covered": True}),
    "a name in the common name alone, which never counts": (
        sending(*self_made(None)),
        {"covered": False, "names": (), "name_count": 0, "failure": ""},
    ),
    "five hundred names, the right one last": (
        certified(CA.issue_cert(*(f"n{number}.example.com" for number in range(499)), HOST)),
        {"covered": True, "name_count": 500, "distrust": ""},
    ),
    "TLS 1.0 and nothing else": (
        certified(LEAF, versions=(V.TLSv1, V.TLSv1), ciphers=EVERYTHING),
        {
            "offered": ("TLS_1_0",),
            "refused": ("TLS_1_1", "TLS_1_2", "TLS_1_3"),
            "covered": True,
            "distrust": "CHAIN_NOT_JUDGED",
            "distrust_details": "alert protocol version",
        },
    ),
    "every version": (
        certified(LEAF, versions=(V.TLSv1, V.TLSv1_3), ciphers=EVERYTHING),
        {"offered": ("TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"), "refused": (), "distrust": ""},
    ),
    "every version, for clients with a certificate of their own": (
        wanting(certified(LEAF, versions=(V.TLSv1, V.TLSv1_3), ciphers=EVERYTHING)),
        {"offered": ("TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"), "refused": (), "distrust": ""},
    ),
    "the usual versions, for clients with a certificate of their own": (
        wanting(certified(LEAF)),
        {"offered": ("TLS_1_2", "TLS_1_3"), "refused": ("TLS_1_0", "TLS_1_1"), "untried": ()},
    ),
    "a cipher that none of the old versions has": (
        certified(LEAF, versions=(V.TLSv1, V.TLSv1_2), ciphers="ECDHE+AESGCM:@SECLEVEL=0"),
        {"offered": ("TLS_1_2",), "refused": ("TLS_1_0", "TLS_1_1", "TLS_1_3")},
    ),
    "a certificate that OpenSSL takes and nobody can read": (
        sending(*ODD),
        {"failure": "CERTIFICATE_UNREADABLE", "fingerprint": "", "covered": False},
    ),
    "an unreadable certificate behind a good one": (
        sending(LEAF.private_key_pem.bytes(), LEAF.cert_chain_pems[0].bytes(), ODD[1]),
        {"failure": "", "covered": True, "sent": 2, "distrust": ""},
    ),
    "no certificate at all": (anonymous(), {"failure": "NO_CERTIFICATE", "details": "TLSv1.2"}),
}

FAILS: dict[str, tuple[Serve, str, str]] = {
    "plain HTTP": (says(b"HTTP/1.1 400 Bad Request\r\n\r\nno"), "NOT_TLS", "HTTP/1.1 400 Bad Request"),
    "garbage": (says(b"\x00\xff\x1b[2J" * 9), "NOT_TLS", "00 ff 1b 5b 32 4a 00 ff 1b 5b 32 4a 00 ff 1b 5b"),
    "empty lines": (says(b"\n" * 9), "NOT_TLS", "wrong version number"),
    "a gigabyte of garbage": (floods(b"", b"x" * 65536), "NOT_TLS", "x" * 80),
    "a message that never ends": (
        floods(record(22, b"\x02\xff\xff\xff"), record(22, bytes(16000))),
        "TLS_FAILED",
        "excessive message size",
    ),
    "warnings without end": (floods(b"", record(21, b"\x01\x5a")), "TLS_FAILED", "too many warn alerts"),
    "an alert about the name": (says(record(21, b"\x02\x70")), "TLS_FAILED", "alert unrecognized name"),
    "an alert about everything": (says(record(21, b"\x02\x28")), "TLS_FAILED", "alert handshake failure"),
    "a certificate that is none": (says(flight(b"no certificate")), "CERTIFICATE_UNREADABLE", "asn1 lib"),
    "silence": (silent, "NO_ANSWER", "after 0 bytes"),
    "a reset": (resets, "RESET", "after 0 bytes"),
    "an end without a word": (closes, "CLOSED", "after 0 bytes"),
}


@pytest.mark.parametrize(("context", "expected"), SHOWN.values(), ids=SHOWN)
def test_tells_what_is_shown(context: ssl.SSLContext, expected: dict[str, Any], own_ca: str) -> None:
    row = see(tls(context), own_ca)
    assert {name: getattr(row, name) for name in expected} == expected


@pytest.mark.parametrize(("serve", "failure", "details"), FAILS.values(), ids=FAILS)
def test_tells_failures_apart(serve: Serve, failure: str, details: str, own_ca: str) -> None:
    row = see(serve, own_ca)
    assert (row.failure, row.details, row.fingerprint) == (failure, details, "")


def test_a_server_that_drips_is_left_when_the_time_is_up(own_ca: str) -> None:
    row = see(drips(record(22, bytes(2000)), 0.02), own_ca)
    assert row.failure == "NO_ANSWER"
    assert row.details.startswith("after ")


def test_the_row_says_who_where_and_how_long(own_ca: str) -> None:
    row = see(tls(certified(LEAF)), own_ca)
    leaf = x509.load_pem_x509_certificate(LEAF.cert_chain_pems[0].bytes())
    assert row.fingerprint == leaf.fingerprint(hashes.SHA256()).hex()
    assert row.not_after == leaf.not_valid_after_utc.isoformat()
    assert "trustme" in row.issuer
    assert (row.name, row.host, row.address, row.vantage) == ("x", HOST, "127.0.0.1", "vpc")
    assert row.connections == 5
    assert 0 < row.seconds < BUDGET_S


def test_each_name_is_shown_its_own_certificate(own_ca: str) -> None:
    server = by_name({"a.example.com": CA.issue_cert("a.example.com")}, usual=CA.issue_cert("usual.example.com"))
    with listening(tls(server)) as port:
        found = {host: probe(port, host, ca_file=own_ca).names for host in ("A.Example.com.", "b.example.com")}
    assert found == {"A.Example.com.": ("a.example.com",), "b.example.com": ("usual.example.com",)}


def test_an_address_is_asked_for_without_a_name(own_ca: str) -> None:
    server = by_name({}, usual=CA.issue_cert("127.0.0.1"))
    row = see(tls(server), own_ca, host="127.0.0.1")
    assert (row.covered, row.names, row.name_count) == (True, (), 1)


def test_an_international_name_is_asked_for_by_its_a_label(own_ca: str) -> None:
    row = see(tls(certified(CA.issue_cert("xn--bcher-kva.example"))), own_ca, host="bücher.example")
    assert row.covered


@pytest.mark.parametrize("host", ["a" * 64 + ".example.com", "a..example.com", "\N{SNOWMAN}" * 70])
def test_a_name_that_cannot_be_asked_for_is_told(host: str, own_ca: str) -> None:
    assert see(tls(certified(LEAF)), own_ca, host=host).failure == "BAD_NAME"


@pytest.mark.parametrize("host", ["_a.example.com", "\N{PILE OF POO}.example.com"])
def test_an_odd_name_is_asked_for_as_it_is(host: str, own_ca: str) -> None:
    row = see(tls(certified(LEAF)), own_ca, host=host)
    assert (row.failure, row.covered) == ("", False)


def test_an_ipv6_address_is_connected_to(own_ca: str) -> None:
    assert see(tls(certified(LEAF)), own_ca, address="::1").covered


def test_a_closed_port_refuses() -> None:
    with listening(silent) as port:
        pass
    assert probe(port).failure == "REFUSED"


def test_what_may_pass_is_tried_again(own_ca: str) -> None:
    refused: list[int] = []

    def serve(connection: Any) -> None:
        if refused:
            tls(certified(LEAF))(connection)
        else:
            refused.append(1)
            resets(connection)

    row = see(serve, own_ca, random=lambda: 0.0)
    assert (row.failure, row.connections) == ("", 6)


def test_a_version_whose_trial_breaks_off_is_not_called_refused(own_ca: str) -> None:
    """A reset may be anybody's: only the server's own alert says that it does not speak the version."""
    served: list[int] = []

    def serve(connection: Any) -> None:
        served.append(1)
        (tls(certified(LEAF)) if len(served) <= 2 else resets)(connection)

    row = see(serve, own_ca)
    assert (row.offered, row.refused, row.untried) == (("TLS_1_3",), (), ("TLS_1_0", "TLS_1_1", "TLS_1_2"))


def test_a_chain_that_was_not_looked_at_is_not_called_bad(own_ca: str) -> None:
    served: list[int] = []

    def serve(connection: Any) -> None:
        served.append(1)
        (tls(certified(LEAF)) if len(served) != 2 else resets)(connection)

    row = see(serve, own_ca)
    assert (row.distrust, row.distrust_details) == ("CHAIN_NOT_JUDGED", "RESET after 0 bytes")


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), ("no certificate", "it holds no certificate")]
)
def test_an_authority_that_cannot_be_read_leaves_the_chain_unjudged(
    content: str | None, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    row = see(tls(certified(LEAF)), str(file))
    assert row.distrust == "CHAIN_NOT_JUDGED"
    assert row.distrust_details == f"probes.ca_file {file} cannot be read: {reason}"


def test_a_machine_without_authorities_does_not_call_a_chain_bad(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    row = see(tls(certified(LEAF)), "")
    assert row.distrust == "CHAIN_NOT_JUDGED"
    assert row.distrust_details.startswith("this machine has no authorities to trust")


def test_an_internal_address_is_not_connected_to_from_outside() -> None:
    for address in ("10.0.0.7", "fd00::7", "127.0.0.1"):
        row = probe(9, address=address, inside=False)
        assert (row.failure, row.connections, row.vantage) == ("OUT_OF_REACH", 0, "outside")


def test_a_public_address_used_inside_is_not_connected_to_from_outside() -> None:
    """Somebody else has it on the internet."""
    row = probe(9, address="8.8.8.8", external=False, inside=False)
    assert (row.failure, row.connections) == ("OUT_OF_REACH", 0)


def test_an_address_that_does_not_answer_is_tried_once_for_all_names() -> None:
    with listening(silent) as port:
        pass
    shared = kit(budget_s=BUDGET_S, random=lambda: 1.0)
    asked = [
        target("acme", at=host, host=host, address="127.0.0.1", port=str(port), external="1") for host in ("a.x", "b.x")
    ]
    rows = [observe(one, shared) for one in asked]
    assert [(row.failure, row.connections) for row in rows] == [("REFUSED", 1), ("REFUSED", 0)]
