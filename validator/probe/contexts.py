"""With what demands a TLS handshake is begun: none, one protocol version alone, or those that clients usually make."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

#: Versions as SSL policies spell them: https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
VERSIONS: Mapping[str, ssl.TLSVersion] = MappingProxyType(
    {
        "TLS_1_0": ssl.TLSVersion.TLSv1,
        "TLS_1_1": ssl.TLSVersion.TLSv1_1,
        "TLS_1_2": ssl.TLSVersion.TLSv1_2,
        "TLS_1_3": ssl.TLSVersion.TLSv1_3,
    }
)
#: Everything OpenSSL can do, what needs no certificate last: what a server takes is to be seen, not to be relied on.
_ANY_CIPHER = "ALL:+aNULL:@SECLEVEL=0"


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """A context that trusts the machine's authorities and those of a file."""

    context: ssl.SSLContext
    #: Why a chain that leads to an unknown authority may be a good one all the same; "" where nothing is missing.
    lacking: str = ""


def undemanding() -> ssl.SSLContext:
    """Takes any version, cipher and certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(_ANY_CIPHER)
    return context


def only(version: str) -> ssl.SSLContext:
    """Takes any cipher and certificate in this version alone.

    Raises:
        ValueError: this machine's OpenSSL does not know the version.
    """
    context = undemanding()
    # To offer an old version is what Python warns of, and what this is for.
    warnings.filterwarnings("ignore", r"ssl\.TLSVersion\.TLSv1", DeprecationWarning)
    context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


def trusting(ca_file: str) -> Trust:
    """Verifies chains as clients do; whether the name is covered is for others to say."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_default_certs()
    lacking = "" if _has_authorities(context) else "this machine has no authorities to trust: install ca-certificates"
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as problem:
            reason = "it holds no certificate" if isinstance(problem, ssl.SSLError) else problem.strerror
            lacking = f"probes.ca_file {ca_file} cannot be read: {reason}"
    return Trust(context=context, lacking=lacking)


def _has_authorities(context: ssl.SSLContext) -> bool:
    """Whether any were loaded, or are in the folder from which OpenSSL loads each when it meets it."""
    folder = ssl.get_default_verify_paths().capath
    return bool(context.cert_store_stats()["x509_ca"]) or bool(folder and any(Path(folder).glob("*.0")))
