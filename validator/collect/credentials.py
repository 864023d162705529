"""Application Default Credentials in all their forms, made ready once for all threads.

google-auth fetches tokens with a POST to the token endpoint. Those do not pass the GET-only guard: they go out over
connections of their own (`TokenRequest`) that only google-auth gets to see. https://google.aip.dev/auth/4110
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import google.auth
import google.auth.credentials
import google.auth.exceptions
import msgspec
from google.auth import impersonated_credentials

from validator.collect.account import Account, TokenRequest
from validator.collect.credential_file import Source, from_file
from validator.collect.problems import CredentialsError
from validator.patience import Budget

#: As Any, because google-auth is only half typed; and so are the credentials below.
_google: Any = google.auth
_impersonated: Any = impersonated_credentials

_PLATFORM = ("https://www.googleapis.com/auth/cloud-platform",)
_LOGIN = "gcloud auth application-default login"


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
    account, source = chosen(
        scopes=scopes,
        project=project,
        impersonate=impersonate,
        quota_project=quota_project,
        environ=environ,
        request=TokenRequest(budget),
    )
    _fetch(account, source)
    return account


def chosen(
    *,
    scopes: Sequence[str],
    project: str,
    impersonate: str | None,
    quota_project: str | None,
    environ: Mapping[str, str],
    request: TokenRequest,
) -> tuple[Account, Source]:
    """The credentials before their first token, and where they came from; see `credentials`."""
    found, origin = _found(environ, request)
    default = project if origin.is_user else None
    charged = quota_project or environ.get("GOOGLE_CLOUD_QUOTA_PROJECT") or None
    if impersonate:
        # The person is charged for the impersonation itself, the service account's own project for the reads.
        source = _charged(_scoped(found, _PLATFORM), charged, default)
        acting = _charged(_as(source, impersonate, scopes), charged, None)
        words = f"{impersonate}, impersonated with {origin.words}"
        return Account(acting, request), msgspec.structs.replace(origin, words=words)
    return Account(_charged(_scoped(found, scopes), charged, default), request), origin


def _found(environ: Mapping[str, str], request: TokenRequest) -> tuple[Any, Source]:
    """The credentials without scopes, and where they came from."""
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if named:
        return from_file(Path(named), f"{named} (from GOOGLE_APPLICATION_CREDENTIALS)", request)
    login = _login_file(environ)
    if login.is_file():
        return from_file(login, str(login), request)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, _ = _google.default(request=request)
    except google.auth.exceptions.GoogleAuthError as problem:
        raise CredentialsError(
            f"no Google Cloud credentials were found: run `{_LOGIN}`, or set GOOGLE_APPLICATION_CREDENTIALS to a "
            "credential file; on Cloud Build, Cloud Run or a VM, run as a service account"
        ) from problem
    return found, Source(words="the metadata server")


def _login_file(environ: Mapping[str, str]) -> Path:
    """Where `gcloud auth application-default login` leaves its file."""
    folder = environ.get("CLOUDSDK_CONFIG") or Path(environ.get("HOME", "/nonexistent"), ".config", "gcloud")
    return Path(folder, "application_default_credentials.json")


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


def _fetch(account: Account, source: Source) -> None:
    who = f"{account.member} ({source.words})" if account.member else source.words
    # Without the cause: google-auth's errors hold what the credential file holds, and `-v` shows causes.
    try:
        account.refresh()
    except google.auth.exceptions.TransportError as problem:
        told = _told(problem.args[0] if problem.args else "no reason given", source)
        raise CredentialsError(f"no token could be fetched for {source.words}: {told}") from None
    except google.auth.exceptions.GoogleAuthError as problem:
        parts = [_told(part, source) for part in problem.args if isinstance(part, str | Exception)]
        said = "; ".join(parts) or "no reason given"
        raise CredentialsError(f"no token for {who}: the server said: {said}. To log in again: {_LOGIN}") from None
    except Exception as problem:  # noqa: BLE001 - whatever google-auth trips over in a strange file or answer
        said = f"google-auth cannot use it ({type(problem).__name__})"
        raise CredentialsError(f"no token for {who}: {said}. To log in again: {_LOGIN}") from None


def _told(what: object, source: Source) -> str:
    """Words fit to show: an error body's own message, without anything out of the credential file."""
    words = str(what)
    try:
        error = json.loads(words)["error"]
        words = error["message"] if isinstance(error, dict) else error
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return source.scrubbed(words)
