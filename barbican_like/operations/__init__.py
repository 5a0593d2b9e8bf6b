"""The room of operations: what operators ask of the running program over HTTP, and Prometheus."""
