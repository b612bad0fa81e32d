"""Brands (品牌), each a tenant, and the mini-program (小程序) that each may have."""
