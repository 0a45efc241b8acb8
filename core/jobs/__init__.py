"""Work that outlives a click: the queue in SQLite, a process for each job, and who may see what.

The server imports desk, scheduler, launcher, previews and office, which load no torch; worker and previewer are
processes of their own.
"""
