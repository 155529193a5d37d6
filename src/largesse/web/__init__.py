"""What every HTTP interface stands on: whatever knows a request, and nothing of what one of them is about."""
