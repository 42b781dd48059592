"""Any list as a file, made as a job: CSV, XLSX or Parquet, streamed by the server's COPY in constant memory.

Owns what was asked for, its progress and its file until it expires. Never decides what may be seen: each list is read
within the rights that the person has when the job runs, and what is masked on the list is masked in the file.
"""
