"""Commands of the reports room for the command line."""
