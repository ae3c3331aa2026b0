"""Workbooks: rows, cells and their answers in .xlsx files, read with care and written plainly."""
