"""The backend that Django loads: its own, whose connections heed a silent server."""

import time
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from config.postgresql.silence import HeedingConnection, ServerIsSilentError, watch

CONNECTED_WITHIN_SECONDS: Final = 2.0
POOL_GIVES_UP_AFTER_SECONDS: Final = 0.2


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with a pool of such connections."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        super().__init__(settings_dict, alias)
        pool = settings_dict.get("OPTIONS", {}).get("pool")
        if pool:
            pool |= {"connection_class": HeedingConnection, "timeout": POOL_GIVES_UP_AFTER_SECONDS}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection for the thread that asks. The pool gives up often: nobody waits there for a silent server.

        Raises:
            ServerIsSilentError: when PostgreSQL has stopped answering and this process heeds it.
            PoolTimeout: when there is none within 2 seconds.
        """
        give_up_at = time.monotonic() + CONNECTED_WITHIN_SECONDS
        while True:
            if watch.is_heeded and watch.is_silent:
                raise ServerIsSilentError
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() >= give_up_at:
                    raise
                if watch.is_heeded:
                    watch.want()
