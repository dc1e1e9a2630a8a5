"""Who is here now, and who is writing: leases that end by themselves, so that nobody haunts a room."""
