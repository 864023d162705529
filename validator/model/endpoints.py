"""Hosts and ports out of configuration text, and nothing else: the edge where secrets stop.

`redis://user:secret@10.1.2.3:6379/0` is kept as `10.1.2.3:6379`. A value of which it is not certain that it
is a host, a port or a list of them is dropped whole. What is kept passes the edge again unchanged, so a
recording is judged as the live environment was.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

_LIMIT = 2048
_LONGEST_NAME = 253
_HIGHEST_PORT = 65535
#: From how many characters on a word reads as a key: of letters and digits mixed, or of hexadecimal digits.
_MIXED_KEY, _HEX_KEY = 12, 16
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_WORD = re.compile(_LABEL)
_HOSTNAME = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}\.?")
_DOMAIN = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)+(?:[a-z]{{2,24}}|xn--[a-z0-9-]{{2,59}})\.?")
_HOST_AND_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/@]+)(?::(?P<port>[0-9]{1,5}))?")
_URL = re.compile(r"(?:jdbc:)?(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,30})://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
#: Schemes of Redis and of its fork, and whether they mean TLS.
_TLS_SCHEMES = {"redis": False, "valkey": False, "rediss": True, "valkeys": True}
_BETWEEN_URLS = re.compile(r",\s*(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_HOST_NAMES = re.compile(
    r"(?:(?:^|_)(?:HOSTS?|ADDR|ADDRESS|ADDRESSES|SERVERS?|IP)|HOSTNAMES?|ENDPOINTS?|(?:REDIS|VALKEY|CACHE|DB|SQL|PG)HOST)"
    r"(?:_?\d+)?$"
)
_URL_NAMES = re.compile(r"UR[LI]S?(?:_?\d+)?$")
_PORT_NAMES = re.compile(r"(?:^|_|REDIS|VALKEY|CACHE|DB|SQL|PG|HTTPS?)PORT(?:_?\d+)?$")
_SECRET_NAMES = re.compile(
    r"SECRET|PASS(?:WORD|WD|PHRASE|CODE|_|\d|$)|PWD|PW(?:_|$)|TOKEN|CRED|PRIVATE|API_?KEY|KEYS?(?:_|\d|$)|JWT|BEARER"
    r"|AUTH(?:_|\d|$|STRING|ORIZATION)|SALT|SIGNATURE|CERT|COOKIE|SESSION|HMAC|OTP|LOGIN|USER(?:NAME)?S?(?:_|\d|$)"
)
#: How tokens start that would otherwise read as a host name: JWTs and the keys of well-known vendors.
_TOKEN = re.compile(
    r"eyJ[\w-]{8}|(?:AKIA|ASIA)[A-Z0-9]{12}|AIza[\w-]{16}|GOCSPX-|ya29\.|gh[opsur]_|github_pat_|glpat-|xox[a-z]-"
    r"|[srp]k_(?:live|test)_|sk-[\w-]{16}|SG\.[\w-]{16}|npm_|hv[sb]\.",
    re.IGNORECASE,
)


def redact_variable(raw: Any) -> Any:
    """An environment variable with its value cut down to hosts and ports; anything else is dropped and marked."""
    if not isinstance(raw, Mapping):
        return raw
    kept = {key: raw[key] for key in ("name", "valueSource") if key in raw}
    name, value = raw.get("name"), raw.get("value")
    known = isinstance(name, str) and isinstance(value, str)
    if safe := shown(str(name), str(value)) if known else "":
        return kept | {"value": safe} | _transport(str(value), raw.get("tls"))
    dropped = raw.get("withheld") is True or value not in (None, "")
    return kept | ({"withheld": True} if dropped else {})


def _transport(value: str, before: Any) -> dict[str, bool]:
    """Whether Redis is to be spoken to over TLS, by the scheme of a URL or, where that is gone, as noted before."""
    urls = [_URL.fullmatch(part) for part in _BETWEEN_URLS.split(value.strip())]
    said = {_TLS_SCHEMES.get(url["scheme"].lower()) if url else None for url in urls}
    known = next(iter(said)) if len(said) == 1 else None
    found = known if any(urls) else before
    return {"tls": found} if isinstance(found, bool) else {}


def shown(name: str, value: str) -> str:
    """The hosts and ports in a variable's value ("10.1.2.3:6379", comma-separated if several), or "".

    Which words count as a host depends on the variable's name: `REDIS_HOST=cache` is one, `MODE=cache` is not.
    """
    text = value.strip()
    if not text or len(text) > _LIMIT:
        return ""
    if _PORT_NAMES.search(name.upper()) and _is_port(text):
        return text
    parts = [part.strip() for part in _endpoints(text)]
    return ",".join(parts) if parts and all(_is_endpoint(name.upper(), part) for part in parts) else ""


def speaks_of_secret(name: str) -> bool:
    """Whether the variable's name is one under which less is taken for a host."""
    return _SECRET_NAMES.search(name.upper()) is not None


def split_endpoint(text: str) -> tuple[str, int | None]:
    """Host and port of one endpoint as `shown` spells it; port None where there is none."""
    found = _HOST_AND_PORT.fullmatch(text)
    if not found:
        return text.strip("[]").lower(), None
    port = found.group("port")
    return found.group("host").strip("[]").rstrip(".").lower(), int(port) if port else None


def is_address(host: str) -> bool:
    """Whether the text is an IP address, without a zone: behind its "%" anything at all could stand."""
    if "%" in host:
        return False
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


def _endpoints(text: str) -> Iterable[str]:
    """The endpoints of a URL, of a list of URLs, or of a plain list; empty where a secret's end is in doubt."""
    urls = [_URL.fullmatch(part) for part in _BETWEEN_URLS.split(text)]
    if not all(urls):
        return text.split(",")
    found = [url for url in urls if url]
    # An "@" after the authority, or logins that differ within a list, may be the rest of an unescaped password.
    logins = {(url["scheme"], url["authority"].rpartition("@")[:2]) for url in found}
    doubtful = any("@" in url["rest"] for url in found) or ("@" in text and len(logins) > 1)
    return () if doubtful else [host for url in found for host in _hosts(url)]


def _hosts(url: re.Match[str]) -> list[str]:
    """The hosts of a URL in lower case; one that is "" where a label looks like a key, which the case would hide."""
    hosts = url["authority"].rpartition("@")[2].split(",")
    return ["" if any(_is_mixed(label) for label in host.split(".")) else host.lower() for host in hosts]


def _is_endpoint(name: str, text: str) -> bool:
    """Whether the text, of whatever spelling it came from, is a host the name may be shown with."""
    if is_address(text):
        return not _SECRET_NAMES.search(name) or _says_host(name)
    found = _HOST_AND_PORT.fullmatch(text)
    if not found or (found["port"] and not _is_port(found["port"])):
        return False
    return _is_host(name, found["host"], has_port=bool(found["port"]))


def _is_host(name: str, host: str, *, has_port: bool) -> bool:
    secret, says_host = bool(_SECRET_NAMES.search(name)), _says_host(name)
    if secret and not says_host:
        return False
    if is_address(host) or host.lower() == "localhost":
        return True
    if len(host) > _LONGEST_NAME or _TOKEN.match(host):
        return False
    if _DOMAIN.fullmatch(host):
        return says_host or (host == host.lower() and not any(map(_is_random, host.split("."))))
    if secret or not says_host or _is_random(host):
        return False
    word = bool(_WORD.fullmatch(host)) and not host.isdigit()
    return bool(_HOSTNAME.fullmatch(host)) or (word and (has_port or bool(_HOST_NAMES.search(name))))


def _says_host(name: str) -> bool:
    return bool(_HOST_NAMES.search(name) or _URL_NAMES.search(name))


def _is_random(host: str) -> bool:
    """Whether it is more likely a key than a name."""
    plain = host.replace("-", "").replace("_", "")
    return _is_mixed(host) or (len(plain) >= _HEX_KEY and bool(re.fullmatch(r"[0-9A-Fa-f]+", plain)))


def _is_mixed(label: str) -> bool:
    sorts = (r"[a-z]", r"[A-Z]", r"[0-9]")
    return len(label) >= _MIXED_KEY and all(re.search(sort, label) for sort in sorts)


def _is_port(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 0 < int(text) <= _HIGHEST_PORT
