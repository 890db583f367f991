"""What developers run: set-up, the reference numbers, the check of commit messages."""
