"""Rule-driven cleaning of scraped text in which every changed character is accounted for."""
