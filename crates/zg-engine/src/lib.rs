//! The worker's first module: knowledge, dialogue and sync.
