"""How fast time-keeping is, as a command that prints the figures: `python -m benchmarks.timekeeping`.

Here: generated taps, the engine on them, and what it is compared with. Never here: a test with a time limit.
"""
