"""A credential file: read, looked over, made into credentials, and never quoted.

What such a file holds must not reach a message, and google-auth's complaints repeat it. So a file that is of no use
is told of in sentences of our own, and its texts are struck from what a server says later.
https://google.aip.dev/auth/4110, https://google.aip.dev/auth/4112, https://google.aip.dev/auth/4117
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import google.auth
import msgspec

from validator.collect.account import TokenRequest
from validator.collect.body import is_deep
from validator.collect.problems import CredentialsError
from validator.collect.words import clean

#: As Any, because google-auth is only half typed.
_google: Any = google.auth

_USERS = frozenset({"authorized_user", "external_account_authorized_user"})
#: No credential file is larger; a device or a disk image is not worth reading.
_LARGEST = 1 << 20
#: Type to the fields without which it is of no use.
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
    "service_account": ("client_email", "private_key", "token_uri"),
    "external_account": ("audience", "subject_token_type", "token_url"),
    "external_account_authorized_user": (),
    "impersonated_service_account": ("service_account_impersonation_url",),
    "gdch_service_account": (),
}
_URLS = frozenset({"token_uri", "token_url", "token_info_url", "service_account_impersonation_url"})
#: Fields that are texts wherever they stand.
_TEXTS = _URLS.union(
    {"audience", "client_email", "client_id", "client_secret", "private_key", "quota_project_id", "refresh_token"},
    {"subject_token_type", "token", "universe_domain"},
)
#: Shorter texts are words, such as "json", and no secrets.
_SHORTEST_SECRET = 4


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where credentials came from, in words, and what must not be repeated of it."""

    words: str
    #: Whether they are a person's.
    is_user: bool = False
    texts: frozenset[str] = frozenset()

    def scrubbed(self, said: object) -> str:
        """The words without anything out of the file, fit to show."""
        words = str(said)
        for text in sorted(self.texts, key=len, reverse=True):
            words = words.replace(text, "…")
        return clean(words)


def from_file(path: Path, origin: str, request: TokenRequest) -> tuple[Any, Source]:
    """The credentials without scopes, and where they came from.

    Raises:
        CredentialsError: it cannot be read, or is no credential file that can be used; says why without quoting it.
    """
    info = _content(path, origin)
    wrong = _wrong(info)
    if wrong:
        raise CredentialsError(f"{origin} is no usable credential file: {wrong}", exit_code=2)
    # Not through `google.auth.default`: with a file of workload identity federation that makes two more calls to
    # learn a project id nobody asked for, and wants the `requests` package for them.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, _ = _google.load_credentials_from_dict(info, request=request)
        if info["type"] == "service_account":
            # A key of another algorithm is loaded without a word, and fails at the first signature.
            found.sign_bytes(b"")
    except Exception:  # noqa: BLE001 - google-auth raises what it likes; none of it may be shown, not even as a cause
        why = "its private_key is no RSA key in PEM form, or one with a password"
        told = why if info["type"] == "service_account" else f"its fields are not those of the type {info['type']}"
        raise CredentialsError(f"{origin} is no usable credential file: {told}", exit_code=2) from None
    is_user = info["type"] in _USERS or bool(getattr(found, "is_user", False))
    return found, Source(words=origin, is_user=is_user, texts=frozenset(_secrets(info)))


def _content(path: Path, origin: str) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            content = json.loads(stream.read(_LARGEST))
    except OSError as problem:
        raise CredentialsError(f"{origin} cannot be read: {problem.strerror}", exit_code=2) from None
    except (ValueError, RecursionError):
        raise CredentialsError(f"{origin} is no JSON, so no credential file", exit_code=2) from None
    if not isinstance(content, dict):
        raise CredentialsError(f"{origin} is no credential file: expected a JSON object", exit_code=2)
    if is_deep(content):
        raise CredentialsError(f"{origin} is no credential file: it is nested too deeply", exit_code=2)
    return content


def _wrong(info: Mapping[str, Any]) -> str:
    """The first thing that is wrong with its fields, or ""; names fields, never values."""
    kind = info.get("type")
    if not isinstance(kind, str) or kind not in _REQUIRED:
        return f"its type is none of {', '.join(_REQUIRED)}"
    for name in (*_REQUIRED[kind], *sorted(_TEXTS & info.keys())):
        value = info.get(name)
        if value is None or value == "":
            if name in _REQUIRED[kind]:
                return f"its {name} is missing"
        elif not isinstance(value, str):
            return f"its {name} is no text"
        elif name in _URLS and not _is_url(value):
            return f"its {name} is no URL"
    return _wrong_source(info) if kind == "impersonated_service_account" else ""


def _wrong_source(info: Mapping[str, Any]) -> str:
    source = info.get("source_credentials")
    wrong = _wrong(source) if isinstance(source, dict) else "expected an object"
    return f"in its source_credentials, {wrong}" if wrong else ""


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _secrets(value: object, key: str = "") -> Iterator[str]:
    """Every text in the file, its lines one by one too, as it stands and as an error message would spell it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, key)
    elif isinstance(value, str) and key not in ("type", "universe_domain"):
        for text in (value, *value.splitlines()):
            spellings = (text, repr(text)[1:-1], json.dumps(text)[1:-1])
            yield from (spelling for spelling in spellings if len(spelling) >= _SHORTEST_SECRET)
