"""The playground without a screen: data, vision, training, inference and interpretation."""
