"""The ledger's table, as the database guards it."""

from typing import Final

from apps.audit.append_only import Guarded

LEDGER: Final = Guarded("credits_ledgerentry", "ledger entries", (("id",), ("reference", "kind")))
