"""The report of one run: what each section of its page says, as rows, tables and charts."""
