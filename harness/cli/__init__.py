"""The command line: the only place, with the pytest plugin, that prints, prompts or exits."""
