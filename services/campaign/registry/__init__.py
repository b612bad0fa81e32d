"""Who is whom (身份合并): persons who turned out to be somebody else."""
