"""What looks at pictures: augmentation, backbones, weights, activations."""
