"""The tables and the flow of the peer "Viewflow"; only a package can have both."""
