"""A company's pack on disk: safe names, the manifest, all-or-nothing writing."""
