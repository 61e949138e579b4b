"""Is a changed prompt worse? The baseline, the gates and their verdicts; nothing is asked."""
