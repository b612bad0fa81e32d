"""Community as its callers see it, with WeCom emulated outside."""
