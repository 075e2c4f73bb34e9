"""Scheduled runs: a job is a file, and each run of it publishes a whole output or none."""
