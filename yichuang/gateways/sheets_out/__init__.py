"""Tables of any length into files: CSV, XLSX, Parquet, each as a stream in constant memory."""

from yichuang.gateways.sheets_out.model import Cell, Column, Header, MarkedRow, Sort
from yichuang.gateways.sheets_out.parquet import write_parquet
from yichuang.gateways.sheets_out.text import write_csv
from yichuang.gateways.sheets_out.xlsx import write_xlsx

__all__ = ["Cell", "Column", "Header", "MarkedRow", "Sort", "write_csv", "write_parquet", "write_xlsx"]
