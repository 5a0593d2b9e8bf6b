"""The OpenAPI 3.1 document: what the route table serves, described resource by resource.

``document`` puts it together; every other module describes one resource with plain schemas. Paths,
methods, names, policy rules and media types come from the route table and its handlers, so a route that
nobody has described, or a description of no route, is an error at once.
"""
