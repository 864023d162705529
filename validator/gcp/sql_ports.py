"""The ports Cloud SQL answers on.

https://cloud.google.com/sql/docs/postgres/connect-overview https://cloud.google.com/sql/docs/mysql/connect-overview
https://cloud.google.com/sql/docs/sqlserver/connect-overview
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from validator.model.sql import SqlInstance

#: Of the server itself, by the first word of databaseVersion.
_OWN: Mapping[str, int] = MappingProxyType({"POSTGRES": 5432, "MYSQL": 3306, "SQLSERVER": 1433})
#: Where the proxies and connectors that Google provides connect.
CONNECTOR_PORT = 3307


def default_port(row: SqlInstance) -> int:
    """The database server's own port; 0 for a database that is not known here."""
    return _OWN.get(row.database_version.partition("_")[0], 0)
