"""Speed of Reprise beside its peers: ``python -m benchmarks.run``, never a test."""
