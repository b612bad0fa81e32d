"""The catalogue: what the chain sells, by SKU (商品规格)."""
