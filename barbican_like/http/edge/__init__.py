"""Where requests come in: granian's RSGI form on one side, a WSGI application on the other."""
