"""Customer segments: a Gaussian mixture that chooses its own number of components."""
