"""What the till says to whom: join the group, add the guide, become a member, or nothing."""
