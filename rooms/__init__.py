"""What a conversation is: who may do what, what can be asked, and what then happened."""
