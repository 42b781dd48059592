"""The pages of P6 as a tutorial would write them: Django's ORM, its templates, class-based views; the same tables, rows, columns,
sessions and server. It is measured beside the house and is no part of it.
"""
