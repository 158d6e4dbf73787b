//! The worker's second module, fetched later: the models.
