"""Tests of every form of Application Default Credentials, against a loopback token server."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google_auth_httplib2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.collect.servers import Answer, Asked, Server, said, serving
from validator.collect.account import Account, TokenRequest
from validator.collect.credentials import chosen, credentials
from validator.collect.problems import CredentialsError
from validator.collect.transport import Endpoint, ReadOnlyHttp, TimedHttp, make_http
from validator.patience import Budget

SCOPES = ("https://www.googleapis.com/auth/compute.readonly",)
GATE = "gate@acme.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def key() -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def service_account(server: Server, key: str, **more: str) -> dict[str, Any]:
    return {
        "type": "service_account",
        "client_email": GATE,
        "private_key": key,
        "private_key_id": "1",
        "token_uri": f"{server.url}/token",
        "project_id": "acme",
    } | more


def person() -> dict[str, Any]:
    """A login with `gcloud auth application-default login`; its token endpoint is Google's, always."""
    secrets = {"client_id": "id.apps.example", "client_secret": "hush-hush-hush", "refresh_token": "1//refresh-me"}
    return {"type": "authorized_user"} | secrets


def workforce(server: Server) -> dict[str, Any]:
    """A login through an identity provider of one's own, whose file names its token endpoint."""
    secrets = {"client_id": "id", "client_secret": "hush-hush-hush", "refresh_token": "1//refresh-me-please"}
    audience = "//iam.googleapis.com/locations/global/workforcePools/p/providers/q"
    return {
        "type": "external_account_authorized_user",
        "audience": audience,
        "token_url": f"{server.url}/token",
        "token_info_url": f"{server.url}/info",
    } | secrets


def tokens(_asked: Asked) -> Answer:
    return said({"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"})


def budget(seconds: float = 5.0) -> Budget:
    return Budget(seconds, clock=time.monotonic, sleep=time.sleep, random=random.random)


def get(file: Path | None = None, **change: Any) -> Account:
    environ = {"HOME": "/nonexistent"} | ({"GOOGLE_APPLICATION_CREDENTIALS": str(file)} if file else {})
    options: dict[str, Any] = {
        "scopes": SCOPES,
        "project": "acme",
        "impersonate": None,
        "quota_project": None,
        "environ": environ,
        "budget": budget(),
    }
    return credentials(**options | change)


def unfetched(file: Path, **change: Any) -> Account:
    options: dict[str, Any] = {
        "scopes": SCOPES,
        "project": "acme",
        "impersonate": None,
        "quota_project": None,
        "environ": {"GOOGLE_APPLICATION_CREDENTIALS": str(file)},
        "request": TokenRequest(budget()),
    }
    return chosen(**options | change)[0]


def saved(folder: Path, info: Any, name: str = "adc.json") -> Path:
    file = folder / name
    file.write_text(info if isinstance(info, str) else json.dumps(info))
    return file


def authorised(account: Account) -> ReadOnlyHttp:
    """A connection that carries the account's token to a loopback server, which make_http() refuses to do."""
    timed = TimedHttp(lambda: 5.0, proxies=False)
    return ReadOnlyHttp(google_auth_httplib2.AuthorizedHttp(account, http=timed), None)


@contextlib.contextmanager
def api(account: Account) -> Iterator[tuple[Server, ReadOnlyHttp]]:
    with serving(said({})) as server, contextlib.closing(authorised(account)) as connection:
        yield server, connection


def test_a_service_account_key(tmp_path: Path, key: str) -> None:
    with serving(tokens) as server:
        account = get(saved(tmp_path, service_account(server, key)))
        (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/token")
    assert b"assertion=" in asked.body
    assert account.member == f"serviceAccount:{GATE}"
    assert account.quota_project == ""
    with api(account) as (google, connection):
        connection.request(f"{google.url}/v1/x")
        assert google.asked[0].headers["authorization"] == "Bearer token-1"
        assert "x-goog-user-project" not in google.asked[0].headers


def test_a_person_is_charged_to_the_audited_project(tmp_path: Path) -> None:
    account = unfetched(saved(tmp_path, person()))
    account._inner.token = "token-1"
    assert (account.member, account.quota_project) == ("", "acme")
    # A person's token has the scopes of the login: asking for others would be refused.
    assert account._inner.scopes is None
    with api(account) as (google, connection):
        connection.request(f"{google.url}/v1/x")
        assert google.asked[0].headers["authorization"] == "Bearer token-1"
        assert google.asked[0].headers["x-goog-user-project"] == "acme"


def test_a_workforce_login(tmp_path: Path) -> None:
    with serving(tokens) as server:
        account = get(saved(tmp_path, workforce(server)))
        (asked,) = server.asked
    assert b"refresh_token=" in asked.body
    with api(account) as (google, connection):
        connection.request(f"{google.url}/v1/x")
        assert google.asked[0].headers["authorization"] == "Bearer token-1"
        assert google.asked[0].headers["x-goog-user-project"] == "acme"


@pytest.mark.parametrize(
    ("own", "option", "environ", "charged"),
    [
        pytest.param("theirs", None, None, "theirs", id="their own stays"),
        pytest.param("theirs", "mine", None, "mine", id="the option outranks it"),
        pytest.param(None, None, "env", "env", id="the environment outranks the audited project"),
        pytest.param("theirs", "mine", "env", "mine", id="the option outranks all"),
    ],
)
def test_the_quota_project(
    tmp_path: Path, own: str | None, option: str | None, environ: str | None, charged: str
) -> None:
    file = saved(tmp_path, person() | ({"quota_project_id": own} if own else {}))
    surroundings = {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}
    surroundings |= {"GOOGLE_CLOUD_QUOTA_PROJECT": environ} if environ else {}
    assert unfetched(file, environ=surroundings, quota_project=option).quota_project == charged


def test_a_service_account_is_charged_where_the_option_says(tmp_path: Path, key: str) -> None:
    with serving(tokens) as server:
        account = get(saved(tmp_path, service_account(server, key)), quota_project="payer")
    with api(account) as (google, connection):
        connection.request(f"{google.url}/v1/x")
        assert google.asked[0].headers["x-goog-user-project"] == "payer"


def test_the_file_of_gcloud_is_found(tmp_path: Path) -> None:
    with serving(tokens) as server:
        saved(tmp_path, workforce(server), "application_default_credentials.json")
        assert get(environ={"CLOUDSDK_CONFIG": str(tmp_path)}).quota_project == "acme"
        home = tmp_path / ".config" / "gcloud"
        home.mkdir(parents=True)
        saved(home, workforce(server), "application_default_credentials.json")
        assert get(environ={"HOME": str(tmp_path)}).quota_project == "acme"


def test_workload_identity_federation_with_a_token_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "subject").write_text("subject-token")
    exchanged = {"access_token": "token-1", "issued_token_type": "x", "token_type": "Bearer", "expires_in": 3600}
    with serving(said(exchanged)) as server:
        info = {
            "type": "external_account",
            "audience": "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p/providers/q",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{server.url}/sts",
            "credential_source": {"file": str(tmp_path / "subject")},
        }
        account = get(saved(tmp_path, info))
        # One exchange, and no call to learn a project id that nobody asked for.
        assert [asked.path for asked in server.asked] == ["/sts"]
        assert b"subject-token" in server.asked[0].body
    with api(account) as (google, connection):
        connection.request(f"{google.url}/v1/x")
        assert google.asked[0].headers["authorization"] == "Bearer token-1"


def test_the_metadata_server(tmp_path: Path) -> None:
    def metadata(asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if path.endswith("/token"):
            told = said({"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"})
        elif path.endswith("/universe-domain"):
            told = Answer(status=404)
        elif path.endswith("/project-id"):
            told = Answer(body=b"acme", headers={"Content-Type": "text/plain"})
        elif "service-accounts" in path:
            told = said({"email": GATE, "scopes": ["x"], "aliases": ["default"]})
        else:
            told = Answer(body=b"")
        return Answer(body=told.body, status=told.status, headers={**told.headers, "Metadata-Flavor": "Google"})

    code = """
import os, time, random
from validator.collect.credentials import credentials
from validator.patience import Budget
budget = Budget(10, clock=time.monotonic, sleep=time.sleep, random=random.random)
account = credentials(scopes=("https://www.googleapis.com/auth/compute.readonly",), project="acme",
    impersonate=None, quota_project=None, environ=os.environ, budget=budget)
headers = {}
account.before_request(None, "GET", "https://x", headers)
print(headers["authorization"], account.member, repr(account.quota_project))
"""
    with serving(metadata) as server:
        # google-auth reads the address when it is imported, hence a process of its own.
        address = server.url.removeprefix("http://")
        environ = {"GCE_METADATA_HOST": address, "GCE_METADATA_IP": address, "HOME": str(tmp_path)}
        environ |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        ran = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        paths = [asked.path for asked in server.asked]
    assert ran.stdout == f"Bearer token-1 serviceAccount:{GATE} ''\n"
    assert ran.stderr == ""
    assert any("scopes=" in path and "compute.readonly" in path for path in paths)


def test_impersonation_asks_for_the_scopes_of_the_reads_with_a_source_that_may_do_so(tmp_path: Path, key: str) -> None:
    with serving(tokens) as server:
        file = saved(tmp_path, service_account(server, key))
    account = unfetched(file, impersonate="auditor@acme.iam.gserviceaccount.com")
    acting = account._inner
    assert account.member == "serviceAccount:auditor@acme.iam.gserviceaccount.com"
    assert account.quota_project == ""
    assert acting._target_scopes == list(SCOPES)
    # google-auth of late narrows the source further.
    wide, narrow = "https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"
    assert acting._source_credentials.scopes in ([wide], [narrow])


def test_a_person_who_impersonates_is_charged_for_that_and_not_for_the_reads(tmp_path: Path) -> None:
    account = unfetched(saved(tmp_path, person()), impersonate="auditor@acme.iam.gserviceaccount.com")
    assert account._inner._source_credentials.quota_project_id == "acme"
    assert account.quota_project == ""


def test_an_impersonation_that_fails_names_both(tmp_path: Path, key: str) -> None:
    told = said({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
    with serving(told) as server, pytest.raises(CredentialsError) as caught:
        get(saved(tmp_path, service_account(server, key)), impersonate="auditor@acme.iam.gserviceaccount.com")
    assert "auditor@acme.iam.gserviceaccount.com, impersonated with" in str(caught.value)
    assert "adc.json" in str(caught.value)
    assert "Invalid JWT Signature" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("", "is no JSON", id="empty"),
        pytest.param("hello", "is no JSON", id="a text"),
        pytest.param("[" * 100_000, "is no JSON", id="bottomless"),
        pytest.param("[]", "expected a JSON object", id="a list"),
        pytest.param('{"type": "authorized_user", "x": ' + "[" * 400 + "]" * 400 + "}", "too deeply", id="a deep one"),
        pytest.param("{}", "its type is none of authorized_user, service_account", id="no type"),
        pytest.param('{"type": "passport"}', "its type is none of authorized_user", id="a type that does not exist"),
        pytest.param('{"type": ["service_account"]}', "its type is none of", id="a list for the type"),
        pytest.param('{"type": "service_account"}', "its client_email is missing", id="a key without its fields"),
        pytest.param('{"type": "authorized_user"}', "its client_id is missing", id="a login without its fields"),
        pytest.param('{"type": "external_account"}', "its audience is missing", id="a federation without its fields"),
        pytest.param(
            '{"type": "external_account", "audience": "a", "subject_token_type": "t", '
            '"token_url": "https://sts.example", "credential_source": "x"}',
            "its fields are not those of the type external_account",
            id="a wrong source",
        ),
        pytest.param(
            '{"type": "impersonated_service_account", "service_account_impersonation_url": "https://iam.example"}',
            "in its source_credentials, expected an object",
            id="an impersonation without a source",
        ),
        pytest.param(
            '{"type": "impersonated_service_account", "service_account_impersonation_url": "https://iam.example", '
            '"source_credentials": {"type": "authorized_user"}}',
            "in its source_credentials, its client_id is missing",
            id="an impersonation with half a source",
        ),
    ],
)
def test_a_file_that_is_no_credential_file_is_named(tmp_path: Path, content: str, told: str) -> None:
    file = saved(tmp_path, content)
    with pytest.raises(CredentialsError) as caught:
        get(file)
    assert str(file) in str(caught.value)
    assert told in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_broken_key_is_named_and_not_shown(tmp_path: Path) -> None:
    broken = "-----BEGIN PRIVATE KEY-----\nMIIEsecretsecret\n-----END PRIVATE KEY-----\n"
    with serving(tokens) as server, pytest.raises(CredentialsError) as caught:
        get(saved(tmp_path, service_account(server, broken)))
    assert "adc.json" in str(caught.value)
    assert "secretsecret" not in str(caught.value)


def pem(private: Any) -> str:
    """The key as credential files hold it."""
    text: bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text.decode()


@pytest.mark.parametrize(
    "private",
    [
        pytest.param(ec.generate_private_key(ec.SECP256R1()), id="an elliptic curve"),
        pytest.param(ec.generate_private_key(ec.SECP521R1()), id="another elliptic curve"),
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="Ed25519"),
    ],
)
def test_a_key_of_another_algorithm_is_named_and_not_shown(tmp_path: Path, private: Any) -> None:
    with serving(tokens) as server, pytest.raises(CredentialsError) as caught:
        get(saved(tmp_path, service_account(server, pem(private))))
    assert "adc.json" in str(caught.value)
    assert "its private_key is no RSA key in PEM form" in str(caught.value)
    assert caught.value.exit_code == 2
    assert server.asked == []


def test_a_strange_key_of_the_source_of_an_impersonation_is_told_with_the_file(tmp_path: Path) -> None:
    with serving(tokens) as server:
        url = f"{server.url}/v1/projects/-/serviceAccounts/x:generateAccessToken"
        source = service_account(server, pem(ed25519.Ed25519PrivateKey.generate()))
        info = {"service_account_impersonation_url": url, "source_credentials": source}
        file = saved(tmp_path, info | {"type": "impersonated_service_account"})
        with pytest.raises(CredentialsError, match="google-auth cannot use it") as caught:
            get(file)
    assert "adc.json" in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param({"token_uri": 5}, "its token_uri is no text", id="a number for the token endpoint"),
        pytest.param({"token_uri": ["https://x"]}, "its token_uri is no text", id="a list for the token endpoint"),
        pytest.param({"token_uri": "nonsense"}, "its token_uri is no URL", id="a word for the token endpoint"),
        pytest.param({"token_uri": "ftp://x/y"}, "its token_uri is no URL", id="a scheme without tokens"),
        pytest.param({"token_uri": "https://[x"}, "its token_uri is no URL", id="half an address"),
        pytest.param({"client_email": {"a": 1}}, "its client_email is no text", id="an object for the account"),
        pytest.param({"private_key": None}, "its private_key is missing", id="null for the key"),
        pytest.param({"quota_project_id": 5}, "its quota_project_id is no text", id="a number for the quota project"),
        pytest.param({"universe_domain": []}, "its universe_domain is no text", id="a list for the universe"),
    ],
)
def test_a_field_that_is_none_is_named(tmp_path: Path, key: str, fields: dict[str, Any], told: str) -> None:
    with serving(tokens) as server, pytest.raises(CredentialsError, match=told) as caught:
        get(saved(tmp_path, service_account(server, key) | fields))
    assert "adc.json" in str(caught.value)
    assert caught.value.exit_code == 2


LEAK = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC-hidden"
PEM = f"-----BEGIN PRIVATE KEY-----\n{LEAK}\nmore-hidden-lines\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"private_key": [LEAK]}, id="in a list"),
        pytest.param({"private_key": [[PEM]]}, id="in lists"),
        pytest.param({"private_key": {"pem": LEAK}}, id="in an object"),
        pytest.param({"private_key": {"a": {"b": [PEM]}}}, id="in objects"),
        pytest.param({"private_key": PEM}, id="in a broken key of several lines"),
        pytest.param({"private_key": PEM.replace("\n", " ")}, id="in a broken key of one line"),
        pytest.param({"type": LEAK}, id="for the type"),
        pytest.param({"token_uri": LEAK}, id="for the token endpoint"),
        pytest.param({"type": "authorized_user", "refresh_token": {"x": LEAK}}, id="in a login"),
        pytest.param({"type": "authorized_user", "expiry": LEAK, "client_id": "i"}, id="for a date"),
        pytest.param({"type": "external_account", "credential_source": {"url": LEAK}}, id="in a federation"),
        pytest.param(
            {
                "type": "impersonated_service_account",
                "service_account_impersonation_url": "https://iam.example",
                "source_credentials": {"type": LEAK},
            },
            id="in a source",
        ),
    ],
)
def test_nothing_of_a_broken_file_is_shown_not_even_with_its_causes(
    tmp_path: Path, key: str, fields: dict[str, Any]
) -> None:
    secrets = {"client_id": "id", "client_secret": "hush-hidden", "refresh_token": "refresh-hidden"}
    federation = {"audience": "a", "subject_token_type": "t", "token_url": "https://sts.example"}
    with serving(tokens) as server, pytest.raises(CredentialsError) as caught:
        get(saved(tmp_path, service_account(server, key) | secrets | federation | fields))
    whole = "".join(traceback.format_exception(caught.value))
    assert "hidden" not in whole
    assert "adc.json" in str(caught.value)
    assert "MII" not in whole


#: Holds what the spellings of Python and JSON change.
NOTE = f'{PEM}tab\there-hidden\n"quoted"-hidden\n'


@pytest.mark.parametrize("spelling", [str, repr, json.dumps], ids=["as it is", "as Python says it", "as JSON says it"])
def test_a_server_that_repeats_the_file_is_not_quoted(tmp_path: Path, spelling: Any) -> None:
    info = {"credential_source": {"file": str(tmp_path / "subject"), "format": {"note": NOTE}}}
    (tmp_path / "subject").write_text("subject-token")
    told = said({"error": "invalid_grant", "error_description": f"bad {spelling(NOTE)} and {LEAK}"}, 400)
    with serving(told) as server, pytest.raises(CredentialsError) as caught:
        get(
            saved(
                tmp_path,
                {
                    "type": "external_account",
                    "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
                    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                    "token_url": f"{server.url}/sts",
                    **info,
                },
            )
        )
    assert "hidden" not in "".join(traceback.format_exception(caught.value))
    assert "the server said" in str(caught.value)


@pytest.mark.parametrize("path", ["missing.json", "."], ids=["a file that is missing", "a directory"])
def test_a_path_that_is_no_file_is_named(tmp_path: Path, path: str) -> None:
    with pytest.raises(CredentialsError, match="cannot be read") as caught:
        get(tmp_path / path)
    assert str(tmp_path) in str(caught.value)
    assert caught.value.exit_code == 2


def test_without_any_credentials_the_message_says_how_to_get_some(tmp_path: Path) -> None:
    code = """
import sys, time, random
from validator.collect.credentials import credentials
from validator.collect.problems import CredentialsError
from validator.patience import Budget
budget = Budget(10, clock=time.monotonic, sleep=time.sleep, random=random.random)
try:
    credentials(scopes=(), project="acme", impersonate=None, quota_project=None, environ={}, budget=budget)
except CredentialsError as problem:
    print(problem.exit_code, problem)
"""
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        env={"NO_GCE_CHECK": "true", "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.startswith(
        "3 no Google Cloud credentials were found: run `gcloud auth application-default login`"
    )
    assert "Cloud Build" in ran.stdout
    assert ran.stderr == ""


def test_a_refused_key_names_the_account_and_what_the_server_said(tmp_path: Path, key: str) -> None:
    told = said({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
    with serving(told) as server, pytest.raises(CredentialsError) as caught:
        get(saved(tmp_path, service_account(server, key)))
    message = str(caught.value)
    assert GATE in message
    assert "Invalid JWT Signature" in message
    assert "PRIVATE KEY" not in message
    assert caught.value.exit_code == 3


def test_a_revoked_login_names_the_file_and_the_command(tmp_path: Path) -> None:
    told = said({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)
    with serving(told) as server, pytest.raises(CredentialsError) as caught:
        get(saved(tmp_path, workforce(server)))
    message = str(caught.value)
    assert "adc.json" in message
    assert "expired or revoked" in message
    assert "gcloud auth application-default login" in message
    assert "refresh-me-please" not in message
    assert "hush-hush-hush" not in message


def test_a_token_server_that_echoes_secrets_is_not_quoted(tmp_path: Path) -> None:
    told = said({"error": "invalid_grant", "error_description": "bad token 1//refresh-me-please, ya29.abcdef"}, 400)
    with serving(told) as server, pytest.raises(CredentialsError) as caught:
        get(saved(tmp_path, workforce(server)))
    assert "refresh-me-please" not in str(caught.value)
    assert "ya29.abcdef" not in str(caught.value)


def test_a_token_server_that_is_not_there(tmp_path: Path) -> None:
    with serving(tokens) as server:
        file = saved(tmp_path, workforce(server))
    with pytest.raises(CredentialsError, match="no token could be fetched") as caught:
        get(file)
    assert "adc.json" in str(caught.value)


def test_many_threads_fetch_one_token(tmp_path: Path) -> None:
    with serving(tokens) as server:
        account = get(saved(tmp_path, workforce(server)))
        account._inner.token = None
        barrier = threading.Barrier(16)
        seen: list[str] = []

        def work() -> None:
            headers: dict[str, str] = {}
            barrier.wait()
            account.before_request(None, "GET", "https://x", headers)
            seen.append(headers["authorization"])

        _together(16, work)
        assert seen == ["Bearer token-1"] * 16
        assert len(server.asked) == 2


def test_many_refused_tokens_are_renewed_once(tmp_path: Path) -> None:
    numbers = iter(range(1, 100))
    with serving(lambda _asked: said({"access_token": f"t{next(numbers)}", "expires_in": 3600})) as server:
        account = get(saved(tmp_path, workforce(server)))
        barrier = threading.Barrier(8)

        def work() -> None:
            account.before_request(None, "GET", "https://x", {})
            barrier.wait()
            account.refresh()

        _together(8, work)
        assert len(server.asked) == 2


def test_a_refused_token_is_renewed_and_the_read_repeated(tmp_path: Path) -> None:
    numbers = iter(range(1, 100))
    with serving(lambda _asked: said({"access_token": f"t{next(numbers)}", "expires_in": 3600})) as server:
        account = get(saved(tmp_path, workforce(server)))

        def answer(asked: Asked) -> Answer:
            return said({"ok": True}) if asked.headers["authorization"] == "Bearer t2" else said({}, 401)

        with serving(answer) as google, contextlib.closing(authorised(account)) as connection:
            response, _ = connection.request(f"{google.url}/v1/x")
            assert response.status == 200
            assert [asked.method for asked in google.asked] == ["GET", "GET"]


def test_no_token_is_sent_to_a_loopback_endpoint(tmp_path: Path) -> None:
    with serving(tokens) as server, serving(said({})) as google:
        account = get(saved(tmp_path, workforce(server)))
        connection = make_http(budget(), endpoint=Endpoint.parse(google.url), credentials=account)
        with contextlib.closing(connection):
            connection.request("https://compute.googleapis.com/x")
        assert "authorization" not in google.asked[0].headers


def test_fetching_a_token_counts_against_the_budget(tmp_path: Path) -> None:
    release = threading.Event()

    def slow(_asked: Asked) -> Answer:
        release.wait(5)
        return Answer()

    with serving(slow) as server:
        begun = time.monotonic()
        with pytest.raises(CredentialsError):
            get(saved(tmp_path, workforce(server)), budget=budget(0.2))
        assert time.monotonic() - begun < 4
        release.set()


def _together(count: int, work: Any) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
