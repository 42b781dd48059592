"""The commands of the calendar. `due_date` needs neither Django nor a database; `import_calendar` both."""
