"""The table of special functions, row by row: derivatives, compiled forms, values."""
