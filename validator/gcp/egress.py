"""Which destinations of a Cloud Run service are reached through its VPC, and which past it.

https://cloud.google.com/run/docs/configuring/networking-best-practices
"""

from __future__ import annotations

from validator.gcp.special import GOOGLE_API_VIPS, SERVERLESS_PRIVATE
from validator.headerspace.axes import ANYWHERE
from validator.headerspace.intervals import Intervals
from validator.model.run import VpcAccess


def sent_to_vpc(access: VpcAccess) -> Intervals:
    """Destinations whose packets enter the VPC; unless ALL_TRAFFIC is said, private addresses only."""
    if access.egress == "ALL_TRAFFIC":
        return ANYWHERE
    return SERVERLESS_PRIVATE if access.connector else SERVERLESS_PRIVATE | GOOGLE_API_VIPS
