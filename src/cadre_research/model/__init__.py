"""How ranks move: the yearly flows, the opening population and its projection."""
