"""The backend that Django loads: its own, whose connections heed a silent server."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base

from config.postgresql.silence import HeedingConnection, ServerIsSilentError, watch


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with a pool of such connections."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        super().__init__(settings_dict, alias)
        pool = settings_dict.get("OPTIONS", {}).get("pool")
        if pool:
            pool["connection_class"] = HeedingConnection

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection for the thread that asks.

        Raises:
            ServerIsSilentError: at once, when PostgreSQL has stopped answering and this process heeds it.
        """
        if watch.is_heeded:
            if watch.is_silent:
                raise ServerIsSilentError
            if self.pool and not self.pool.get_stats()["pool_available"]:
                watch.want()  # this thread will wait in the pool, which does not tell a slow server from a silent one
        return super().get_new_connection(conn_params)
