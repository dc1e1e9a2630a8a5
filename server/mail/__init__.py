"""Mails: addresses kept sealed, what is to be sent, and the one who sends it."""
