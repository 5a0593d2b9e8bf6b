"""The registry: users, authorities, projects, slices, resources and leases, behind a driver's interface."""
