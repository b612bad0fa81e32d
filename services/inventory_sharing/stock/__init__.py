"""Stock (库存): on hand, held, kept for safety; each change a row of the ledger, each figure the sum of its rows."""
