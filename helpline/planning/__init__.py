"""How many people a line needs: what arrives, hour by hour, and what a queue makes of it."""
