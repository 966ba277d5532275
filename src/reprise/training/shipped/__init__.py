"""Fits the models that are shipped (``make train``), and measures them and what was built to beat them."""
