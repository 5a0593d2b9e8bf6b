"""The supervisors that benchmarks/supervision.py compares, each as one class of the same shape."""
