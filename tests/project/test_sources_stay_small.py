from tests.project.sources import ROOT, tracked_files

HARD_LIMIT = 500
GENERATED = {"ui/src/api/schema.d.ts"}
"""What a program wrote; nobody reads it from top to bottom."""


def test_no_source_or_test_file_passes_500_lines() -> None:
    sources = tracked_files(".py", ".sh", ".ts", ".tsx", ".css", ".go", "Makefile", "Dockerfile")
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in sources}
    assert {name: length for name, length in lengths.items() if length > HARD_LIMIT and name not in GENERATED} == {}


def test_most_source_files_stay_under_150_lines() -> None:
    lengths = sorted(len(file.read_text().splitlines()) for file in tracked_files(".py"))
    assert lengths[len(lengths) // 2] <= 150


def test_no_folder_is_named_after_nothing_in_particular() -> None:
    forbidden = {"utils", "common", "helpers", "manager", "base2"}
    parts = {part.removesuffix(".py") for file in tracked_files(".py") for part in file.relative_to(ROOT).parts}
    assert parts & forbidden == set()
