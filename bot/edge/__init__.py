"""Doors to the outside world: each knows one outside library and translates it to the model and back."""
