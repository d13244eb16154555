"""What can be asked of the operational system, one file a subject.

Here: reads for pages, doors and the program. Never here: a write, or statistics; those are the warehouse's.
"""
