#!/usr/bin/env python3
"""Opens the CSVs of a folder with LibreOffice, as a spreadsheet would be, and counts the formulas that came to life.

tests/lifeless.py FOLDER. Each file is opened with a comma, a semicolon, a tab and a vertical bar between cells: a careless
choice must not wake anything either. A file of our own with a formula in it shows that one would be seen. Ends with 1 if any
file has a formula, or if that one has none.
"""

import pathlib
import subprocess
import sys
import tempfile

SEPARATORS = {",": 44, ";": 59, "tab": 9, "|": 124}


def formulas(file: pathlib.Path, separator: int) -> tuple[int, int]:
    """How many cells of a CSV are formulas, and how many cells there are, as LibreOffice has it."""
    with tempfile.TemporaryDirectory() as place:
        # Separator, quotation mark, UTF-8, from line 1, no formats, language, quoted cells are no text by themselves,
        # numbers and dates are looked for, and formulas are let in: the most lenient that there is.
        options = f"CSV:{separator},34,76,1,,1033,false,true,false,false,false,-1,true"
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{place}/profile", f"--infilter={options}",
             "--convert-to", "fods", "--outdir", place, str(file)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
        )
        out = next(pathlib.Path(place).glob("*.fods"))
        text = out.read_text(encoding="utf-8")
        return text.count("table:formula="), text.count("<table:table-cell")


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        live = pathlib.Path(place) / "live.csv"
        live.write_text("\ufeffname\r\n=1+1\r\n", encoding="utf-8")
        if formulas(live, 44)[0] != 1:
            print("a formula that is there is not seen")
            return 1
    found = 0
    for file in sorted(folder.glob("*.csv")):
        for sign, number in SEPARATORS.items():
            count, cells = formulas(file, number)
            print(f"{file.name} with {sign}: {count} formulas in {cells} cells")
            found += count
            if cells == 0:
                print("nothing was read")
                return 1
    return 1 if found else 0


sys.exit(main())
