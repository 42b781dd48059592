"""Beyond one machine: several hosts on one database, a streaming replica, and a primary that is lost. `make scale` runs them."""
