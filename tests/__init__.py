"""Sentences about the conversation, and the servers they are said to."""
