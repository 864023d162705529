"""Application Default Credentials in all their forms, made ready once for all threads.

google-auth fetches tokens with a POST to the token endpoint. Those do not pass the GET-only guard: they go out over
connections of their own (`TokenRequest`) that only google-auth gets to see. https://google.aip.dev/auth/4110
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import google.auth
import google.auth.credentials
import google.auth.exceptions
from google.auth import impersonated_credentials

from validator.collect.account import Account, TokenRequest
from validator.collect.problems import CollectError
from validator.collect.retry import Budget
from validator.collect.words import clean

#: As Any, because google-auth is only half typed; and so are the credentials below.
_google: Any = google.auth
_impersonated: Any = impersonated_credentials

_PLATFORM = ("https://www.googleapis.com/auth/cloud-platform",)
_USERS = frozenset({"authorized_user", "external_account_authorized_user"})
_LOGIN = "gcloud auth application-default login"
#: No credential file is larger; a device or a disk image is not worth reading.
_LARGEST = 1 << 20


class CredentialsError(CollectError):
    """No credentials, or ones that cannot be used; the message names the file or account and the next command."""


def credentials(
    *,
    scopes: Sequence[str],
    project: str,
    impersonate: str | None,
    quota_project: str | None,
    environ: Mapping[str, str],
    budget: Budget,
) -> Account:
    """The caller's credentials, with a token already fetched, so that what is wrong with them is told once.

    Args:
        scopes: what the token must cover.
        project: the audited project; users without a quota project of their own are charged there.
        impersonate: service account to act as, or None.
        quota_project: project to charge, or None.
        environ: for GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CONFIG, HOME and GOOGLE_CLOUD_QUOTA_PROJECT; the
            metadata server's address and federation settings are read by google-auth from the process itself.
        budget: of the whole run; fetching a token counts.

    Raises:
        CredentialsError: none were found, a file is no credential file, or the server refused them.
    """
    account, origin = chosen(
        scopes=scopes,
        project=project,
        impersonate=impersonate,
        quota_project=quota_project,
        environ=environ,
        request=TokenRequest(budget),
    )
    _fetch(account, origin)
    return account


def chosen(
    *,
    scopes: Sequence[str],
    project: str,
    impersonate: str | None,
    quota_project: str | None,
    environ: Mapping[str, str],
    request: TokenRequest,
) -> tuple[Account, str]:
    """The credentials before their first token, and where they came from in words; see `credentials`."""
    found, origin, is_user = _found(environ, request)
    default = project if is_user else None
    charged = quota_project or environ.get("GOOGLE_CLOUD_QUOTA_PROJECT") or None
    if impersonate:
        # The person is charged for the impersonation itself, the service account's own project for the reads.
        source = _charged(_scoped(found, _PLATFORM), charged, default)
        acting = _charged(_as(source, impersonate, scopes), charged, None)
        return Account(acting, request), f"{impersonate}, impersonated with {origin}"
    return Account(_charged(_scoped(found, scopes), charged, default), request), origin


def _found(environ: Mapping[str, str], request: TokenRequest) -> tuple[Any, str, bool]:
    """The credentials without scopes, where they came from in words, and whether they are a person's."""
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if named:
        return _from_file(Path(named), f"{named} (from GOOGLE_APPLICATION_CREDENTIALS)", request)
    login = _login_file(environ)
    if login.is_file():
        return _from_file(login, str(login), request)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, _ = _google.default(request=request)
    except google.auth.exceptions.GoogleAuthError as problem:
        raise CredentialsError(
            f"no Google Cloud credentials were found: run `{_LOGIN}`, or set GOOGLE_APPLICATION_CREDENTIALS to a "
            "credential file; on Cloud Build, Cloud Run or a VM, run as a service account"
        ) from problem
    return found, "the metadata server", False


def _login_file(environ: Mapping[str, str]) -> Path:
    """Where `gcloud auth application-default login` leaves its file."""
    folder = environ.get("CLOUDSDK_CONFIG") or Path(environ.get("HOME", "/nonexistent"), ".config", "gcloud")
    return Path(folder, "application_default_credentials.json")


def _from_file(path: Path, origin: str, request: TokenRequest) -> tuple[Any, str, bool]:
    info = _content(path, origin)
    # Not through `google.auth.default`: with a file of workload identity federation that makes two more calls to
    # learn a project id nobody asked for, and wants the `requests` package for them.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, _ = _google.load_credentials_from_dict(info, request=request)
    except (google.auth.exceptions.GoogleAuthError, ValueError, TypeError, KeyError, AttributeError) as problem:
        why = problem.args[-1] if problem.args else problem
        raise CredentialsError(f"{origin} is no usable credential file: {_told(why, info)}", exit_code=2) from problem
    return found, origin, info.get("type") in _USERS or bool(getattr(found, "is_user", False))


def _content(path: Path, origin: str) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            content = json.loads(stream.read(_LARGEST))
    except OSError as problem:
        raise CredentialsError(f"{origin} cannot be read: {problem.strerror}", exit_code=2) from problem
    except (ValueError, RecursionError) as problem:
        raise CredentialsError(f"{origin} is no JSON, so no credential file", exit_code=2) from problem
    if not isinstance(content, dict):
        raise CredentialsError(f"{origin} is no credential file: expected a JSON object", exit_code=2)
    return content


def _scoped(found: Any, scopes: Sequence[str]) -> Any:
    """With these scopes, where the form takes any; a person's token has those of its login."""
    return _google.credentials.with_scopes_if_required(found, list(scopes))


def _as(source: Any, principal: str, scopes: Sequence[str]) -> Any:
    return _impersonated.Credentials(source_credentials=source, target_principal=principal, target_scopes=list(scopes))


def _charged(found: Any, quota_project: str | None, default: str | None) -> Any:
    """With the project to charge; `default` only where the credentials name none themselves."""
    wanted = quota_project or (None if getattr(found, "quota_project_id", None) else default)
    if wanted and isinstance(found, _google.credentials.CredentialsWithQuotaProject):
        return found.with_quota_project(wanted)
    return found


def _fetch(account: Account, origin: str) -> None:
    try:
        account.refresh()
    except google.auth.exceptions.TransportError as problem:
        raise CredentialsError(f"no token could be fetched for {origin}: {_told(problem.args[0])}") from problem
    except (google.auth.exceptions.GoogleAuthError, OSError, ValueError, KeyError) as problem:
        who = f"{account.member} ({origin})" if account.member else origin
        said = "; ".join(_told(part) for part in problem.args if isinstance(part, str | Exception)) or "no reason given"
        raise CredentialsError(f"no token for {who}: the server said: {said}. To log in again: {_LOGIN}") from problem


def _told(what: object, info: MutableMapping[str, Any] | None = None) -> str:
    """Words fit to show: an error body's own message, without any value out of the credential file."""
    words = str(what)
    for key, value in (info or {}).items():
        if key != "type" and isinstance(value, str) and len(value) > 7:  # noqa: PLR2004 - short words stay readable
            words = words.replace(value, "…")
    try:
        error = json.loads(words)["error"]
        words = error["message"] if isinstance(error, dict) else error
    except (ValueError, TypeError, KeyError):
        pass
    return clean(words)
