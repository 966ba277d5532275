"""Labelled data: the store that collectors fill and that training reads."""
