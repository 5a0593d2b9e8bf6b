"""Data-transfer jobs between sites, worked with stored credentials."""
