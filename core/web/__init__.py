"""Pictures from the web: lists of addresses, what may be visited, and fetching without haste or harm."""
