"""What the harness costs: ``make bench`` runs all of it and prints a table."""
