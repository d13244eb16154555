"""The commands of `hub`, one file each: what can be asked and what is said. The work is done elsewhere.

A command imports heavy things inside its function, so that `hub --help` stays quick.
"""
