"""One module per implementation of the workload; each has `forecast(persons, replicates, seed, threads)`."""
