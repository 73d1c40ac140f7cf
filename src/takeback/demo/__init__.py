"""The made-up case from start to finish."""
