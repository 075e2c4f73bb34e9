"""Scheduled runs: what is new is cleaned, kept, held against the runs before, and published whole."""
