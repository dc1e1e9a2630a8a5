"""The edge: HTTP, sockets, streams, the bus, the database, settings, the command line, and the wiring of it all."""
