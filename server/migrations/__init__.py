"""How the tables came to be, step by step; the steps run from code, on an open connection."""
