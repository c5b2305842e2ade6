"""What people read first, and the copy of the warehouse that they read."""
