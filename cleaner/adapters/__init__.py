"""At home in other tools of tables: pandas, Polars, Arrow, Hugging Face datasets, DuckDB and datatrove.

Each module is for one of them and imports it, so import the one you use: `cleaner.adapters.polars`.
"""
