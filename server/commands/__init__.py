"""What `hearth` can be told to do: one module a command, loading what it needs only when it runs."""
