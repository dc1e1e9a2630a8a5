"""What `./hearth test` runs: every check there is, and an honest account of those that could not be done."""
