"""Fitting the shipped weights, and measuring them."""
