"""A brand's corp in WeCom (企业): its keys, sealed, and which of its staff stands for which shop."""
