"""Neural networks, one file an architecture; they need ``reprise[neural]`` and are imported only by training."""
