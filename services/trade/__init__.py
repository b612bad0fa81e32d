"""Trade 交易: what was sold, at which till, to whom.

Owns:  tickets (小票) as tills sent them, those that differ under a taken number, copies of shops, people, goods.
Says:  trade.ticket.paid, trade.ticket.returned, trade.ticket.attributed.
Hears: directory (shops, goods, revoked credentials), member (whose an identity is, who was folded into whom).
"""
