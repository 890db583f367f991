"""What is known: ladder, targets, retirement law, assumptions and scenarios, read from data files."""
