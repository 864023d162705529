"""Faults in what certificates cover, which one is shown, who may issue one, and how near its end may be."""

from __future__ import annotations

from tests.mutants.mutant import slips

_NAMES = "tests/gcp/certificates/test_names.py"
_SELECTION = "tests/gcp/certificates/test_selection.py"
_CAA = "tests/gcp/dns/test_caa.py"

NAMES = (
    *slips(
        "validator.gcp.certificates.names",
        (
            "a wildcard stands for several labels",
            "    if rest == parent and label:\n",
            '    if wanted.endswith(f".{parent}"):\n',
            _NAMES,
        ),
        (
            "a wildcard stands for its own parent",
            '        return f"a wildcard does not stand for {parent} itself"\n',
            '        return ""\n',
            _NAMES,
        ),
        (
            "a wildcard counts wherever it stands",
            '    if first != "*" or "*" in parent:\n',
            "    if False:\n",
            _NAMES,
        ),
        (
            "names are compared as they are spelled",
            '    plain = name.strip().lower().removesuffix(".")\n',
            "    plain = name\n",
            _NAMES,
        ),
        (
            "a name stands for an address",
            "    if is_address(wanted):\n        return",
            "    if False:\n        return",
            _NAMES,
        ),
    ),
    *slips(
        "validator.gcp.certificates.selection",
        (
            "the primary entry goes before a wildcard's",
            "named.get(wanted) or named.get(wildcard) or primary",
            "named.get(wanted) or primary or named.get(wildcard)",
            _SELECTION,
        ),
        (
            "the proxy's list goes before its map",
            "        if not proxy.certificate_map:\n",
            "        if proxy.ssl_certificates or not proxy.certificate_map:\n",
            _SELECTION,
        ),
        (
            "what is not read is no doubt",
            "if self.foreign or self.missing else",
            "if self.missing else",
            _SELECTION,
        ),
        (
            "an entry that is not served yet is no doubt",
            '        if self.entry.state != "ACTIVE":\n',
            "        if False:\n",
            _SELECTION,
        ),
    ),
    *slips(
        "validator.gcp.certificates.health",
        (
            "an end that is past does not matter",
            "    if held.expires <= moment:\n",
            "    if False:\n",
            "tests/gcp/certificates/test_health.py",
        ),
        (
            "a certificate that is not issued is in force",
            "    if not held.serves:\n",
            "    if False:\n",
            "tests/gcp/certificates/test_health.py",
        ),
    ),
    *slips(
        "validator.gcp.certificates.lifetime",
        (
            "the larger of the two margins counts",
            "return min(whole,",
            "return max(whole,",
            "tests/checks/domain/test_expiry.py",
        ),
    ),
    *slips(
        "validator.gcp.dns.caa",
        (
            "issuewild is no matter of wildcards",
            'if one.tag == "issuewild"] if wildcard else []',
            'if one.tag == "issuewild"] if not wildcard else []',
            _CAA,
        ),
        (
            "records that cannot be read forbid nothing",
            "        if not row.answered:\n",
            "        if False:\n",
            _CAA,
        ),
        (
            "a set that names others permits",
            "    if not ours:\n        return Verdict(ruling=Ruling.FORBIDDEN, row=row)\n",
            "    if not ours:\n        return Verdict(ruling=Ruling.PERMITTED, row=row)\n",
            _CAA,
        ),
        (
            "a critical property that is not known is nothing",
            "    if strange:\n",
            "    if False:\n",
            _CAA,
        ),
    ),
)
