"""Console scripts: parse, bootstrap, run."""
