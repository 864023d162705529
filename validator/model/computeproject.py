"""What Compute Engine says of a project itself: whether it shares its networks with others.

https://cloud.google.com/compute/docs/reference/rest/v1/projects/get
"""

from __future__ import annotations

from typing import ClassVar

from validator.model.network import read_of_both
from validator.model.resource import Kind, Resource


class ComputeProject(Resource, frozen=True, kw_only=True):
    """A project; its common metadata, which holds keys and secrets, is not kept."""

    KIND: ClassVar[Kind] = Kind(
        noun="compute-project",
        lives_in_its_api=False,
        reads=(read_of_both("projects.get", "compute.projects.get", items=""),),
    )
    #: HOST of a Shared VPC; "" or UNSPECIFIED_XPN_PROJECT_STATUS otherwise.
    xpn_project_status: str = ""

    @property
    def path(self) -> str:
        """`projects/ID`."""
        return f"projects/{self.name}"

    @property
    def shares_networks(self) -> bool:
        """Whether VMs of other projects may stand on its networks."""
        return self.xpn_project_status == "HOST"
