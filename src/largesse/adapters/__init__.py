"""The adapters: the outside world behind the ports that the installation defines."""
