"""Reports: scores in, tables and text out. Nothing here prints.

`tables` makes data frames of an evaluation, `csv_text` writes and reads them as CSV, `write` lists
the files of a result folder and writes them, `page` makes the one that opens in a browser,
`terminal` shows scores in a terminal, and `compare` sets two result folders side by side. pandas,
which is slow to import, is imported where a data frame is asked for or a file is read.
"""
