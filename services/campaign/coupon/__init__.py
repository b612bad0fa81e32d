"""Coupons (优惠券): issued, held, redeemed, returned; each step a row of its own, so that "why?" has an answer."""
