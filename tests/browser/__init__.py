"""Pages and files as a reader opens them."""
