"""The built-in coins, drawn by our own code: metal, relief, light, wear, grounds, and the faults planted among them."""
