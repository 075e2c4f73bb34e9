"""Where rules could match at all: one scan over all of them, which may see too much and never too little."""
