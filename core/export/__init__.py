"""Take it home: one zip with the network, all it needs to answer, and the proof that it is the same model."""
