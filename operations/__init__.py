"""The operational system of the volunteer hub.

Here: tables (`model/`), writes (`commands/`), reads (`queries/`), the readers' door (`devices/`), migrations and a
made-up city to try it with (`sample_city/`).
Never here: statistics, or anything read from the warehouse.
"""
