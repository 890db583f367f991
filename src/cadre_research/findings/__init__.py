"""What a projection means: age structure, verdicts, and the exact split of a share's change."""
