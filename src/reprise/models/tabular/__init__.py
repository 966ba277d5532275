"""Classifiers of tables of numbers, one file a model: fitted by scikit-learn or LightGBM, kept as plain arrays.

Each file has the settings of a recipe and the fitted model, which predicts from its arrays alone.
"""
