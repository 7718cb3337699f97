"""What a notebook shows of a job or a composite while it runs.

A cell gets a widget (extra `notebook`) and the still picture. When the run has ended, or the SDK is closed, the still
picture of that moment takes the place of both: it needs neither the kernel nor a widget.
"""
