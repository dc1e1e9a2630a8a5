"""How fast Hearth is: each bench prints a table and, with --json, its figures."""
