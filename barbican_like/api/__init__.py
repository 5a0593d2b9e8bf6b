"""The HTTP side: the only package that imports pecan or webob."""
