"""What is fast and how good, and how we know: ours beside a peer, measured in one run on one machine."""
