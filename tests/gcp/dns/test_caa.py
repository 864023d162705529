"""CAA records: who may issue, by RFC 8659."""

from __future__ import annotations

import pytest

from tests.dns_rows import caa, lookup
from validator.gcp.dns.answers import Answers
from validator.gcp.dns.caa import Ruling, rule_on
from validator.gcp.observed.lookup import Lookup

NAME, WILD = "api.staging.example.com", "*.staging.example.com"
GOOGLE = ("pki.goog",)
EITHER = ("pki.goog", "letsencrypt.org")

RULINGS: dict[str, tuple[str, tuple[str, ...], tuple[Lookup, ...], Ruling]] = {
    "no records at all": (NAME, GOOGLE, caa(host=NAME), Ruling.PERMITTED),
    "the issuer by name": (NAME, GOOGLE, caa('0 issue "pki.goog"', host=NAME), Ruling.PERMITTED),
    "the issuer among others": (
        NAME,
        GOOGLE,
        caa('0 issue "digicert.com"', '0 issue "pki.goog"', host=NAME),
        Ruling.PERMITTED,
    ),
    "in capitals, with blanks and a final dot": (
        NAME,
        GOOGLE,
        caa('0 ISSUE " PKI.goog. "', host=NAME),
        Ruling.PERMITTED,
    ),
    "another issuer": (NAME, GOOGLE, caa('0 issue "letsencrypt.org"', host=NAME), Ruling.FORBIDDEN),
    "either will do": (NAME, EITHER, caa('0 issue "letsencrypt.org"', host=NAME), Ruling.PERMITTED),
    "nobody": (NAME, EITHER, caa('0 issue ";"', host=NAME), Ruling.FORBIDDEN),
    "nobody, by an empty value": (NAME, EITHER, caa('0 issue ""', host=NAME), Ruling.FORBIDDEN),
    "nobody beside the issuer": (NAME, GOOGLE, caa('0 issue ";"', '0 issue "pki.goog"', host=NAME), Ruling.PERMITTED),
    "a value that cannot be read": (NAME, GOOGLE, caa("0 issue pki.goog", host=NAME), Ruling.FORBIDDEN),
    "only somebody to tell": (NAME, GOOGLE, caa('0 iodef "mailto:a@example.com"', host=NAME), Ruling.PERMITTED),
    "a parent's records": (NAME, GOOGLE, caa('0 issue "digicert.com"', at="example.com", host=NAME), Ruling.FORBIDDEN),
    "the top-level domain's": (NAME, GOOGLE, caa('0 issue "digicert.com"', at="com", host=NAME), Ruling.FORBIDDEN),
    "the closest set decides, not a parent's": (
        NAME,
        GOOGLE,
        (
            lookup(NAME, "CAA", '0 issue "pki.goog"'),
            lookup("staging.example.com", "CAA", '0 issue "digicert.com"'),
        ),
        Ruling.PERMITTED,
    ),
    "the closest set decides, even if it says nothing of issuing": (
        NAME,
        GOOGLE,
        (
            lookup(NAME, "CAA", '0 iodef "mailto:a@example.com"'),
            lookup("staging.example.com", "CAA", '0 issue "digicert.com"'),
        ),
        Ruling.PERMITTED,
    ),
    "a wildcard by issue": (WILD, GOOGLE, caa('0 issue "pki.goog"', host=WILD), Ruling.PERMITTED),
    "a wildcard by issuewild against issue": (
        WILD,
        GOOGLE,
        caa('0 issue "pki.goog"', '0 issuewild ";"', host=WILD),
        Ruling.FORBIDDEN,
    ),
    "a wildcard by issuewild for it": (
        WILD,
        GOOGLE,
        caa('0 issue "digicert.com"', '0 issuewild "pki.goog"', host=WILD),
        Ruling.PERMITTED,
    ),
    "issuewild says nothing of a name": (NAME, GOOGLE, caa('0 issuewild ";"', host=NAME), Ruling.PERMITTED),
    "a failure to read the name's own": (NAME, GOOGLE, caa(status="SERVFAIL", host=NAME), Ruling.UNREADABLE),
    "a failure to read a parent's, which a closer set makes good": (
        NAME,
        GOOGLE,
        (lookup(NAME, "CAA", '0 issue "pki.goog"'), lookup("staging.example.com", "CAA", status="SERVFAIL")),
        Ruling.PERMITTED,
    ),
    "a name that does not exist, below one that forbids": (
        NAME,
        GOOGLE,
        (lookup(NAME, "CAA", status="NXDOMAIN"), lookup("staging.example.com", "CAA", '0 issue ";"')),
        Ruling.FORBIDDEN,
    ),
    "an account that is not known": (
        NAME,
        GOOGLE,
        caa('0 issue "pki.goog; accounturi=https://example.com/1"', host=NAME),
        Ruling.DOUBTFUL,
    ),
    "an account beside the issuer without one": (
        NAME,
        GOOGLE,
        caa('0 issue "pki.goog; accounturi=https://example.com/1"', '0 issue "pki.goog"', host=NAME),
        Ruling.PERMITTED,
    ),
    "a parameter that takes nothing away": (
        NAME,
        GOOGLE,
        caa('0 issue "pki.goog; cansignhttpexchanges=yes"', host=NAME),
        Ruling.PERMITTED,
    ),
    "a critical property nobody knows": (
        NAME,
        GOOGLE,
        caa('0 issue "pki.goog"', '128 tbs "unknown"', host=NAME),
        Ruling.DOUBTFUL,
    ),
    "a critical property that is known": (NAME, GOOGLE, caa('128 issue "pki.goog"', host=NAME), Ruling.PERMITTED),
    "a name that was not asked for": (NAME, GOOGLE, (), Ruling.DOUBTFUL),
}


@pytest.mark.parametrize(("name", "issuers", "rows", "ruling"), RULINGS.values(), ids=list(RULINGS))
def test_the_closest_records_decide(
    name: str, issuers: tuple[str, ...], rows: tuple[Lookup, ...], ruling: Ruling
) -> None:
    assert rule_on(name, issuers, Answers(rows)).ruling is ruling
