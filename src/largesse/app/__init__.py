"""The application: settings, wiring and the processes that run the installation."""
