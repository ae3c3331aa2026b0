"""Word and Excel packages as such: read with distrust, written byte for byte the same."""
