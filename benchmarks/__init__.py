"""What the README claims about speed, as commands that print the figures. No claim is a test: machines differ."""
