"""Estimators: measured ones without weights and trained ones with them."""
