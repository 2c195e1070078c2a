"""Looking after a line that runs: figures for whoever watches, checks, backups."""
