"""Where calls of this process to AWS are caught: one method of one class each, put back exactly."""
