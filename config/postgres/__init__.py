"""Django's PostgreSQL backend, on connections that do not wait for ever."""
