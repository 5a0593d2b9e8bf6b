"""``barbican-jobs``: transfer jobs from the command line, by nothing but the HTTP API."""
