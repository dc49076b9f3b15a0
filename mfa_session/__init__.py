"""From a fingerprint to an AWS session in the current shell."""
