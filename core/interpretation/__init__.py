"""What predictions mean; NumPy on `Predictions`, no torch."""
