//! The contract test suite that every connector runs.
