"""The partner door: orders on account over HTTP, in XML and JSON."""
