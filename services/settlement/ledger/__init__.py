"""The ledger (账本): balanced entries for each ticket and each return; nothing is edited, only reversed."""
