"""Learns from users' corrections: where they are kept, what is fitted to them, and the versions that come of it."""
