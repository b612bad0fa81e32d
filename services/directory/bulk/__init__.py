"""Bulk import (批量导入): sheets of shops, staff, partners and products, with a report row by row."""
