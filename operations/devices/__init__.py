"""The door of the card readers: how their taps enter, whatever way they come.

Here: the segment files that taps are kept in, and what turns a reader's own format into them.
Never here: what a tap means; that is decided by the warehouse's time-keeping.
"""
