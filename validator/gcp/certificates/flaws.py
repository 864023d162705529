"""What clients may refuse an uploaded certificate for, though it covers the name and is in force.

https://www.rfc-editor.org/rfc/rfc9325 (section 4.5), https://www.rfc-editor.org/rfc/rfc8446 (section 4.4.2)
https://cloud.google.com/load-balancing/docs/ssl-certificates/self-managed-certs
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from validator.gcp.certificates.held import Held
from validator.gcp.certificates.x509 import Chain, Signed, Unreadable

_LEAST_BITS = {"RSA": 2048, "DSA": 2048, "EC": 256}
_BROKEN_HASHES = ("md5", "sha1")


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with it: "has …", to be put behind the certificate's name, and what to upload instead."""

    code: str
    words: str
    mend: str
    #: Whether every client refuses it, rather than some.
    fatal: bool = False


def flaws(held: Held, moment: dt.datetime) -> Iterator[Flaw]:
    """Everything its PEM shows at the moment; Google's own issuance is not judged."""
    if held.managed:
        return
    if isinstance(held.pem, Unreadable):
        yield Flaw(
            code="CERTIFICATE_UNREADABLE",
            words=f"has a PEM that cannot be read ({held.pem.reason}), so its key and its chain are not judged",
            mend="Upload it again: certificates in PEM, the leaf first.",
        )
    elif held.pem:
        yield from _weak(held.pem)
        yield from _use(held.pem)
        yield from _authority(held.pem)
        yield from _over(held.pem, moment)
        yield from _order(held.pem)


def _weak(chain: Chain) -> Iterator[Flaw]:
    leaf = chain.leaf
    least = _LEAST_BITS.get(leaf.key_type, 0)
    if leaf.key_bits < least:
        yield Flaw(
            code="CERTIFICATE_KEY_TOO_SMALL",
            words=f"has a key of {leaf.key_bits} bits ({leaf.key_type}), at least {least} are expected",
            mend="Have a new one issued for an ECDSA P-256 or an RSA-2048 key.",
        )
    weak = [one for one in chain.signed if one.signature_hash in _BROKEN_HASHES and not one.self_issued]
    if weak:
        yield Flaw(
            code="CERTIFICATE_WEAK_SIGNATURE",
            words=f"has a chain in which {weak[0].subject} is signed with {weak[0].signature_hash.upper()}",
            mend="Have a new one issued, signed with SHA-256 or better.",
        )


def _use(chain: Chain) -> Iterator[Flaw]:
    if not chain.for_servers:
        yield Flaw(
            code="CERTIFICATE_NOT_FOR_SERVERS",
            words="has an extended key usage without serverAuth, so clients refuse it from a server",
            mend="Have a new one issued with the extended key usage serverAuth.",
            fatal=True,
        )


def _authority(chain: Chain) -> Iterator[Flaw]:
    """An issuer that must not be one; https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9."""
    direct = chain.relied_on[1:]
    if unfit := [one for one in (*direct, *chain.above) if not one.is_ca]:
        yield Flaw(
            code="CERTIFICATE_ISSUER_NO_CA",
            words=f"is signed by {_named(unfit[0])}, which its own constraints make no certificate authority",
            mend="Have one issued by an authority whose basic constraints say CA:TRUE; clients refuse any other.",
            fatal=unfit[0] in direct,
        )


def _over(chain: Chain, moment: dt.datetime) -> Iterator[Flaw]:
    """An issuer above the leaf's own that is not in force; a root of that name may be, and needs none of this."""
    for one in chain.above:
        if not one.not_before <= moment < one.not_after:
            begun = one.not_before <= moment
            since = f"ended on {one.not_after.date()}" if begun else f"begins on {one.not_before.date()} only"
            yield Flaw(
                code="CERTIFICATE_CROSS_SIGNATURE_OVER" if begun else "CERTIFICATE_CROSS_SIGNATURE_NOT_BEGUN",
                words=(
                    f"has a chain in which {_named(one)}, as signed by {one.issuer}, {since}: clients without a root of"
                    " that name refuse it"
                ),
                mend="Upload it again under a new name with the intermediates that its authority gives out now.",
            )


def _order(chain: Chain) -> Iterator[Flaw]:
    whole = "Upload the leaf first, then each issuer behind what it signed; the root may be left out."
    if chain.broken_at is not None:
        first, second = chain.signed[chain.broken_at : chain.broken_at + 2]
        words = f"has a chain out of order: {_named(first)} is followed by {_named(second)}, which did not sign it"
        yield Flaw(code="CERTIFICATE_CHAIN_OUT_OF_ORDER", words=words, mend=whole)
    elif chain.leaf.self_issued:
        words = "is signed by itself, so only clients that hold it can verify it"
        mend = "Have one issued by an authority that its clients trust."
        yield Flaw(code="CERTIFICATE_SELF_SIGNED", words=words, mend=mend)
    elif len(chain.signed) == 1:
        words = f"comes without the certificate of its issuer ({chain.leaf.issuer}), so most clients cannot verify it"
        yield Flaw(code="CERTIFICATE_CHAIN_INCOMPLETE", words=words, mend=whole)


def _named(one: Signed) -> str:
    return one.subject or "a certificate without subject"
