"""Split rules (分账规则): which portion of a ticket is whose; versioned, and used as they stood when it was sold."""
