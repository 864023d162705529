"""What a PEM chain says: names, validity, keys, signatures, and whether the certificates are in order.

https://www.rfc-editor.org/rfc/rfc5280
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from validator.gcp.certificates.names import covers, packed
from validator.model.endpoints import is_address

if TYPE_CHECKING:
    from cryptography import x509


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of a chain."""

    #: RFC 4514 texts: "CN=WR3,O=Google Trust Services,C=US".
    subject: str
    issuer: str
    not_before: dt.datetime
    not_after: dt.datetime
    #: Whether its basic constraints let it sign certificates; False without any.
    is_ca: bool = False
    #: "RSA", "EC" or another algorithm's name; "" for a key that is not understood.
    key_type: str = ""
    #: Size of the key in bits; 0 where the algorithm has but one size, or is not understood.
    key_bits: int = 0
    #: Of the issuer's signature: "sha256"; "" where the algorithm names none (Ed25519), or is not understood.
    signature_hash: str = ""

    @property
    def self_issued(self) -> bool:
        """Whether it names itself as its issuer, as roots do: nobody relies on such a signature."""
        return self.subject == self.issuer


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf certificate and those that stand behind it."""

    #: SHA-256 of the leaf's DER encoding, in lower-case hexadecimal digits.
    fingerprint: str
    not_before: dt.datetime
    not_after: dt.datetime
    #: The leaf's dNSName alternatives; its common name never counts.
    dns_names: tuple[str, ...]
    #: The leaf's iPAddress alternatives, packed: 4 or 16 bytes.
    addresses: tuple[bytes, ...]
    #: Whether the leaf's extended key usage, if it has one, allows servers.
    for_servers: bool
    #: The leaf first, in the order of the PEM.
    signed: tuple[Signed, ...]
    #: Index of the first certificate that the one behind it did not sign; None where all are in order.
    broken_at: int | None = None

    @property
    def leaf(self) -> Signed:
        """The certificate that stands for the names."""
        return self.signed[0]

    @property
    def lifetime(self) -> dt.timedelta:
        """How long the leaf is valid in all."""
        return self.not_after - self.not_before

    @property
    def relied_on(self) -> tuple[Signed, ...]:
        """The leaf and its direct issuer; of several of that name, the last to end.

        Not a root, which clients have of their own. What stands above may be one, too, under a cross-signature.
        """
        direct = (one for one in self.signed[1:] if one.subject == self.leaf.issuer and not one.self_issued)
        last = max(direct, key=lambda one: one.not_after, default=None)
        return (self.leaf, last) if last else (self.leaf,)

    @property
    def above(self) -> tuple[Signed, ...]:
        """The issuers above that one, which only clients rely on that have none of the same name as a root."""
        return tuple(
            one
            for one in self.signed[1:]
            if one.subject != self.leaf.issuer
            and not one.self_issued
            and any(one.subject == other.issuer for other in self.signed)
        )

    @property
    def first_to_end(self) -> Signed:
        """The one of those with whose end the whole chain ends."""
        return min(self.relied_on, key=lambda one: one.not_after)

    @property
    def last_to_begin(self) -> Signed:
        """The one of those with whose beginning the whole chain begins."""
        return max(self.relied_on, key=lambda one: one.not_before)

    def names(self, host: str) -> bool:
        """Whether the leaf stands for a host; an address is compared as bytes, never by a DNS name."""
        if is_address(host):
            return packed(host) in self.addresses
        return any(covers(name, host) for name in self.dns_names)


class Unreadable(msgspec.Struct, frozen=True):
    """A text that is no chain of certificates, and why."""

    reason: str


def read_chain(pem: str) -> Chain | Unreadable:
    """The chain that a PEM text holds, leaf first."""
    from cryptography import exceptions, x509  # noqa: PLC0415 - heavy, and most runs meet no PEM

    try:
        return _chain(x509.load_pem_x509_certificates(pem.encode()))
    except (
        ValueError,
        # A directory name of a type that the library does not expect among the alternatives raises these.
        TypeError,
        LookupError,
        exceptions.UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as refusal:
        return Unreadable(str(refusal))


def _chain(certificates: Sequence[x509.Certificate]) -> Chain:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    leaf = certificates[0]
    pairs = enumerate(itertools.pairwise(certificates))
    dns_names, addresses = _alternatives(leaf)
    return Chain(
        fingerprint=leaf.fingerprint(SHA256()).hex(),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        dns_names=dns_names,
        addresses=addresses,
        for_servers=_for_servers(leaf),
        signed=tuple(_signed(one) for one in certificates),
        broken_at=next((at for at, (one, issuer) in pairs if not _is_signed_by(one, issuer)), None),
    )


def _alternatives(leaf: x509.Certificate) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
    from cryptography import x509  # noqa: PLC0415

    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    addresses = names.get_values_for_type(x509.IPAddress)
    numbers = (one.packed for one in addresses if isinstance(one, ipaddress.IPv4Address | ipaddress.IPv6Address))
    return tuple(names.get_values_for_type(x509.DNSName)), tuple(numbers)


def _for_servers(leaf: x509.Certificate) -> bool:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415

    try:
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.SERVER_AUTH in uses or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses


def _signed(one: x509.Certificate) -> Signed:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415

    told = Signed(
        subject=one.subject.rfc4514_string(),
        issuer=one.issuer.rfc4514_string(),
        not_before=one.not_valid_before_utc,
        not_after=one.not_valid_after_utc,
        is_ca=_is_ca(one),
    )
    try:
        key, hashed = one.public_key(), one.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        return told
    return msgspec.structs.replace(
        told,
        key_type=type(key).__name__.removesuffix("PublicKey"),
        key_bits=getattr(key, "key_size", 0),
        signature_hash=hashed.name if hashed else "",
    )


def _is_ca(one: x509.Certificate) -> bool:
    from cryptography import x509  # noqa: PLC0415

    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _is_signed_by(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether names and signature agree; names alone where the signature's algorithm is not understood."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415

    try:
        one.verify_directly_issued_by(issuer)
    except (TypeError, UnsupportedAlgorithm):
        return one.issuer == issuer.subject
    except (InvalidSignature, ValueError):
        return False
    return True
