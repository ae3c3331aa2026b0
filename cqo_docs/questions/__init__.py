"""What is asked, how it is put, and how a written answer is understood."""
