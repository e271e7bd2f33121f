"""Training beside TRL: same data, network, optimiser, precision and threads; steps take turns."""
