"""The lock files, read as pip reads them and tried with the pips that people have."""
