//! The shared HTTP layer.
