"""What home shows: our own drawings, and examples of the built-in sets (made by draw.py)."""
