"""The database: entities, tables, repositories, the unit of work, migrations."""
