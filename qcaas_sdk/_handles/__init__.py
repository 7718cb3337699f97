"""Objects around `Job`: outputs, errors that carry a job, deadlines, progress."""
