"""What a file is, told by its first bytes: a learner's trial may come as anything, whatever its name says."""

from __future__ import annotations

import io
import re
import zipfile

from ..data.checks import TrialDataError

MAX_UNPACKED_MEGABYTES = 300

_AS_CSV = "Open it in the program that made it and save or export the table as CSV or Excel (.xlsx)."
_COPY_TABLE = "Copy the table into a spreadsheet, one row a patient, and save it as CSV or Excel (.xlsx)."

# first bytes -> what the file is, what to do
_BEGINNINGS = (
    (b"%PDF", "a PDF document, not a table", _COPY_TABLE),
    (b"{\\rtf", "a text document (RTF), not a table", _COPY_TABLE),
    (b"$FL2", "an SPSS file (.sav)", _AS_CSV),
    (b"$FL3", "an SPSS file (.zsav)", _AS_CSV),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "a SAS file (.sas7bdat)", _AS_CSV),
    (b"HEADER RECORD*******LIB", "a SAS transport file (.xpt)", _AS_CSV),
    (b"<stata_dta>", "a Stata file (.dta)", _AS_CSV),
    (b"RDX", "an R data file", "In R, write the table with write.csv(data, 'trial.csv', row.names = FALSE)."),
    (b"SQLite format 3", "a database", _AS_CSV),
    (b"\x89HDF", "an HDF5 or MATLAB file", _AS_CSV),
    (b"MATLAB", "a MATLAB file", _AS_CSV),
    (b"PAR1", "a Parquet file", _AS_CSV),
    (b"ARROW1", "an Arrow file", _AS_CSV),
    (b"\x80\x04\x95", "a Python pickle", _AS_CSV),
    (b"\x80\x05\x95", "a Python pickle", _AS_CSV),
    (b"\x89PNG", "a picture, not a table", _COPY_TABLE),
    (b"\xff\xd8\xff", "a picture, not a table", _COPY_TABLE),
    (b"GIF8", "a picture, not a table", _COPY_TABLE),
    (b"\x1f\x8b", "a compressed file (gzip, or R's .rds or .RData)", "Unpack it first, or in R use write.csv()."),
    (b"BZh", "a compressed file (bzip2)", "Unpack it first."),
    (b"\xfd7zXZ", "a compressed file (xz)", "Unpack it first."),
    (b"7z\xbc\xaf", "a compressed file (7-Zip)", "Unpack it first."),
    (b"Rar!", "a compressed file (RAR)", "Unpack it first."),
)  # fmt: skip

# member of a zip archive -> what the file is, what to do
_ARCHIVES = (
    ("word/document.xml", "a Word document, not a table", _COPY_TABLE),
    ("ppt/presentation.xml", "a PowerPoint presentation, not a table", _COPY_TABLE),
    ("xl/workbook.bin", "an Excel binary workbook (.xlsb)", "Open it in Excel and save as .xlsx."),
    ("Index/Document.iwa", "a Numbers file", "Export it from Numbers as CSV or Excel (.xlsx)."),
    ("content.xml", "an OpenDocument file (.ods)", "Open it in LibreOffice and save as .xlsx or CSV."),
)


def refuse(name: str, what: str, remedy: str) -> TrialDataError:
    return TrialDataError(f"{name} is {what}. {remedy}")


def recognise(content: bytes, name: str) -> str:
    """Return ``"excel"`` or ``"text"``; any other kind of file is refused by name, with what to do.

    Raises
    ------
    TrialDataError
        If the file is empty or is no table that can be read here.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise TrialDataError(
            f"{name} is empty. Choose a table with column names in the first row and one row a patient."
        )
    for beginning, what, remedy in _BEGINNINGS:
        if content.startswith(beginning):
            raise refuse(name, what, remedy)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _old_office(content, name)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(content, name)
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<(!doctype html|html|head|body|table|meta|style|script|div|!--)", start):
        raise refuse(name, "a web page (HTML), not a table, whatever its name ends in", _COPY_TABLE)
    if start.startswith(b"<?xml"):
        raise refuse(name, "an XML file", _AS_CSV)
    if re.match(rb'(\{|\[)\s*("|\{|\[|\}|\])', start):
        raise refuse(name, "a JSON file", _AS_CSV)
    if re.match(rb"@relation\b", start) or re.search(rb"^@attribute\b", start, re.MULTILINE):
        raise refuse(
            name,
            "an ARFF file (Weka)",
            "Delete the lines that begin with @ and put the column names there instead.",
        )
    return "text"


def _old_office(content: bytes, name: str) -> TrialDataError:
    if "EncryptedPackage".encode("utf-16-le") in content:
        remedy = "Open it in Excel, remove the password (File, Info, Protect Workbook) and save it again."
        return refuse(name, "protected by a password", remedy)
    if "WordDocument".encode("utf-16-le") in content:
        return refuse(name, "an old Word document, not a table", _COPY_TABLE)
    return refuse(name, "an old Excel workbook (.xls)", "Open it in Excel or LibreOffice and save as .xlsx.")


def _archive(content: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = set(archive.namelist())
            megabytes = sum(member.file_size for member in archive.infolist()) / 1e6
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        damage = "damaged: it begins like an Excel workbook but is cut short or broken"
        raise refuse(name, damage, "Save or download it again.") from error
    for member, what, remedy in _ARCHIVES:
        if member in members:
            raise refuse(name, what, remedy)
    if "xl/workbook.xml" not in members:
        raise refuse(name, "a ZIP archive", "Unpack it and choose the table inside.")
    if megabytes > MAX_UNPACKED_MEGABYTES:
        raise TrialDataError(
            f"{name} holds {megabytes:.0f} MB when unpacked; the limit is {MAX_UNPACKED_MEGABYTES} MB. "
            "Keep only the columns you need and save it again."
        )
    return "excel"
