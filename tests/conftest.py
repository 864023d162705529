"""Settings of every test."""

from hypothesis import settings

# Machines are noisy: how long an example takes is measured by `make bench`, never here.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
