"""A names index in flat arrays: who on the lists could this be, how probably, and why."""
