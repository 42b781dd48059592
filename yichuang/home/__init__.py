"""Home: sign-in, start pages, the desk's work queues, the case page, the page frame, the demo province."""
