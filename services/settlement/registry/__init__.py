"""What settlement knows of others: who owns a shop, which shop owns a member, which class goods are of."""
