"""The program `hub`: settings, command line and the services it starts.

Here: reading the configuration, and the commands behind `make run` and `make test`.
Never here: a business rule, SQL, a page.
"""
