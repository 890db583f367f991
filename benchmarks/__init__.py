"""What the project's speed is measured with; see README.md."""
