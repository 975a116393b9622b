"""What the polling benches are made of: a farm of feeds, the product, and others to compare it with."""
