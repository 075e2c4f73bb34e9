"""What the patterns of the `regex` package say: their parts, and what a faster engine can see of them."""
