"""What makes runs happen: catalog, submission, dispatcher, tracker, and the Service facade."""
