"""Bring datapackage.json and the codebook's tables in step with the files.

    python datasets/refresh_package.py          after a table or a description changed
    python datasets/refresh_package.py --check  change nothing; exit 1 and say what is out of step

The columns are described once, in datapackage.json; the loaders' types and README.md's tables follow it.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent


def refreshed_package(folder: Path) -> tuple[str, list[str]]:
    """Return datapackage.json with the bytes, hash and rows of the files, and which files are missing."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    missing = []
    for resource in package["resources"]:
        path = folder / resource["path"]
        if not path.exists():
            missing.append(resource["path"])
            continue
        content = path.read_bytes()
        resource["bytes"] = len(content)
        resource["hash"] = "sha256:" + hashlib.sha256(content).hexdigest()
        resource["rows"] = sum(1 for _ in csv.reader(content.decode("utf-8").splitlines())) - 1
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n", missing


def coding(field: dict) -> str:
    """Say which values a column can hold."""
    limits = field.get("constraints", {})
    if "categories" in field:
        first, *others = (str(level) for level in field["categories"])
        text = ", ".join([f"{first} (reference)", *others])
        text += "; ordered" if field.get("categoriesOrdered") else ""
    elif "enum" in limits:
        text = ", ".join(str(level) for level in limits["enum"])
    elif "minimum" in limits and "maximum" in limits:
        text = f"{limits['minimum']} to {limits['maximum']}"
    elif "minimum" in limits:
        text = f"{limits['minimum']} or more"
    else:
        text = "text" if field["type"] == "string" else "any number"
    return text if limits.get("required") else f"{text}; may be blank"


def codebook_table(fields: list[dict]) -> str:
    head = "| column | type | unit | values | meaning | source |\n|---|---|---|---|---|---|\n"
    rows = [
        f"| `{f['name']}` | {f['type']} | {f['unit']} | {coding(f)} | {f['description']} | {f['source']} |\n"
        for f in fields
    ]
    return head + "".join(rows)


def refreshed_codebook(folder: Path, package: str) -> str:
    """Return README.md with the table between each pair of marks written anew."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    for resource in json.loads(package)["resources"]:
        begin, end = f"<!-- columns of {resource['name']} -->\n", "<!-- end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no place for a table: add the lines {begin.strip()} and {end}")
        table = begin + codebook_table(resource["schema"]["fields"]) + end
        text = pattern.sub(lambda _, table=table: table, text)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 and say what is out of step"
    )
    check = parser.parse_args().check
    package, missing = refreshed_package(HERE)
    stale = [f"{name} is missing" for name in missing]
    for name, wanted in (("datapackage.json", package), ("README.md", refreshed_codebook(HERE, package))):
        if (HERE / name).read_text(encoding="utf-8") != wanted:
            stale.append(f"{name} is out of step: run python datasets/refresh_package.py")
            if not check:
                (HERE / name).write_text(wanted, encoding="utf-8", newline="\n")
                print(f"{name}: brought up to date")
    for line in stale if check else [f"{name} is missing" for name in missing]:
        print(line)
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
