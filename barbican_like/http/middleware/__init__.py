"""WSGI filters named in the paste file."""
