"""What follows from answers: facts, conditions over them, the official figures."""
