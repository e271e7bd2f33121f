"""How fast the consoles' pages are read in a project of a million items."""
