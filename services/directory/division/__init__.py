"""How a brand divides its shops: regions (大区), branches (分公司: sales teams), areas (区域: stock pools)."""
