"""What the URL mask of a serverless endpoint group reads out of a request for a host.

https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts#url_masks
"""

from __future__ import annotations

import re

from validator.gcp.certificates.names import normal
from validator.model.loadbalancer import NegCloudRun

_PLACEHOLDER = re.compile(r"<(service|tag)>")
_NAME = "([a-z0-9-]+)"


def resolved(run: NegCloudRun, host: str) -> NegCloudRun | None:
    """The service, and its tag, for every request for the host; None where the path, or nothing known, decides.

    A mask with two placeholders in one label may be read in several ways, and how Google does is not documented.
    """
    if not run.url_mask:
        return run if run.service else None
    in_host, _, in_path = run.url_mask.partition("/")
    kinds = _PLACEHOLDER.findall(in_host)
    if "<" in in_path or "*" in host or any(label.count("<") > 1 for label in in_host.split(".")):
        return None
    found = re.fullmatch(_pattern(in_host), normal(host)) if in_host else None
    read = dict(zip(kinds, found.groups(), strict=True)) if found else {}
    service = run.service or read.get("service", "")
    return NegCloudRun(service=service, tag=run.tag or read.get("tag", "")) if found and service else None


def _pattern(in_host: str) -> str:
    """A regular expression for the host's part of a mask: "<tag>.example.com"."""
    parts = _PLACEHOLDER.split(in_host)
    return "".join(_NAME if at % 2 else re.escape(part.lower()) for at, part in enumerate(parts))
