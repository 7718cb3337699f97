"""What a user holds beside `Job`: outputs, errors that carry a job, deadlines, progress."""
