"""Lists: how long ones are paged. Vocabulary beneath every app that shows one; it has no models."""
