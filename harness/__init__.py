"""An evaluation harness for claim extraction by language models."""
