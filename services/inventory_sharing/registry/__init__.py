"""What inventory sharing knows of shops and goods: which area shares, and what has no stock at all."""
