"""The door: who comes in, as whom, by which request, and what is read and asked of a community over REST."""
