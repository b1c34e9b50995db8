"""The steps, one numbered module each; a released step is never changed."""
