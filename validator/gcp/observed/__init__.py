"""What probes observed, as kinds: their shapes, and which connections to make given everything else."""
