"""Files behind addresses of fsspec, such as s3://bucket/pages/: listed, copied near, written there."""
