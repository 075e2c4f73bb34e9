"""Read documents from files and write them back: text files, JSONL, CSV, Parquet."""
