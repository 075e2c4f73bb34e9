"""The pages of the review: what each shows, and what its forms do."""
