"""The questionnaire as a Word form: written, read back."""
