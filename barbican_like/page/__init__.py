"""The page: what operators and users look at in a browser, at ``/ui``."""
