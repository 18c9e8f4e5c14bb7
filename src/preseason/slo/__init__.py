"""The question: under this load, these objectives hold. YAML in, frozen objectives out."""
