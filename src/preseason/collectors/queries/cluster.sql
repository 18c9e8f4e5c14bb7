-- Which cluster this is, however it is reached.
SELECT system_identifier FROM pg_catalog.pg_control_system()
