"""Errors: what can be wrong with a lab."""


class LabError(Exception):
    """Tell what is wrong with the lab and what to do."""
