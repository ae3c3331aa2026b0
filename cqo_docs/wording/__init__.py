"""Every word that a reader sees, in each locale: sentences, formats, amounts, translations."""
