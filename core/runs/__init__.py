"""A run is a folder: a worker writes it, everyone else only reads it."""
