"""Warmup and sampling of one chain: `chain` (what all share), then `nuts_chain` and `hmc_chain`."""
