"""What is kept of a certificate's PEM: certificates, and nothing that stands beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from validator.gcp.certificates.held import held_of
from validator.gcp.names import Names
from validator.model.certificate import ManagerCertificate, SslCertificate, only_certificates

DATA = Path(__file__).parents[3] / "shared/data/api"
BLOCK = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
EMPTY = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"
KEPT: dict[str, tuple[object, str]] = {
    "nothing": ("", ""),
    "blanks": (" \n", ""),
    "no text": (None, ""),
    "one certificate": (BLOCK, f"{BLOCK}\n"),
    "a chain": (f"{BLOCK}\n{BLOCK}\n\n", f"{BLOCK}\n{BLOCK}\n"),
    "a key behind it": (f"{BLOCK}\n{KEY}\n", f"{BLOCK}\n"),
    "a key before it": (f"{KEY}\n{BLOCK}\n", f"{BLOCK}\n"),
    "a comment before it": (f"subject=CN=secret\n{BLOCK}\n", f"{BLOCK}\n"),
    "a key inside of it": (f"-----BEGIN CERTIFICATE-----\n{KEY}\n-----END CERTIFICATE-----", EMPTY),
    "a key alone": (KEY, EMPTY),
    "a block of something else than Base64": (BLOCK.replace("AAAA", "secret: hunter2!"), EMPTY),
    "a block without end": ("-----BEGIN CERTIFICATE-----\nAAAA\n", EMPTY),
    "any other text": ("hunter2", EMPTY),
}


@pytest.mark.parametrize(("pem", "kept"), KEPT.values(), ids=KEPT)
def test_only_certificates_are_kept(pem: object, kept: str) -> None:
    assert only_certificates(pem) == kept
    assert only_certificates(kept) == kept


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (SslCertificate, {"name": "web", "certificate": f"{BLOCK}\n{KEY}", "privateKey": KEY}),
        (SslCertificate, {"name": "web", "selfManaged": {"certificate": f"{BLOCK}\n{KEY}", "privateKey": KEY}}),
        (ManagerCertificate, {"name": "web", "pemCertificate": f"{BLOCK}\n{KEY}"}),
    ],
    ids=["Compute", "Compute, uploaded", "Certificate Manager"],
)
def test_a_private_key_survives_neither_reading_nor_recording(kind: Any, raw: dict[str, Any]) -> None:
    read = msgspec.convert(kind.prepare(raw), kind)
    recorded = msgspec.to_builtins(read)
    assert "PRIVATE" not in json.dumps(recorded)
    assert "AAAA" in json.dumps(recorded)
    assert msgspec.convert(kind.prepare(recorded), kind) == read


def real(pattern: str) -> list[dict[str, Any]]:
    bodies = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(DATA.glob(pattern))]
    return [one for body in bodies for one in body.get("items", body.get("certificates", [body]))]


@pytest.mark.skipif(not DATA.is_dir(), reason="no recordings of real answers beside the project")
@pytest.mark.parametrize(
    ("kind", "pattern"),
    [(SslCertificate, "compute/*lCertificates.*/*"), (ManagerCertificate, "certificatemanager/certificates.*/*")],
)
def test_real_certificates_are_read_or_said_to_be_unreadable(kind: Any, pattern: str) -> None:
    rows = real(pattern)
    assert rows
    for raw in rows:
        one = msgspec.convert(kind.prepare(raw), kind, strict=False)
        pem = raw.get("certificate") or raw.get("pemCertificate") or ""
        held = held_of(one, Names({}, "acme"))
        assert (held.pem is not None) == bool(pem)
        assert (held.chain is not None) == ("..." not in pem and bool(pem))
