"""x"""

bench = None
