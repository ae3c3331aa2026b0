"""The questionnaire as a workbook: written, read back."""
