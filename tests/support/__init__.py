"""What tests stand on: servers, processes, waiting."""
