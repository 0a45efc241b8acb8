"""Pictures and labels: from a folder or zip to pixels."""
