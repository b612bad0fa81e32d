"""Live codes 活码: one picture for a shop, a guide, a shelf, a card, an item or an on-line source.

WeCom picks the group or the guide; Siyu keeps the code pointed at groups with room, and counts. WeCom tells only of
scans that led somewhere, to a join or a contact, so no others are counted.
"""
