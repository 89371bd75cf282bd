"""Benchmarks: figures of wpslab, as ratios against real peers in one run. `python -m benchmarks` makes the table."""
