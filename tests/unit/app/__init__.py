"""The processes: logs, the outermost web layer, metrics, health."""
