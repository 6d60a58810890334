"""What `make build` made: for Lambda's platform, compiled, and without what the runtime brings."""

import importlib.metadata
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
BUILT = REPOSITORY / ".aws-sam" / "build"
LAYER = BUILT / "CommonLayer" / "python"

PYTHON_313 = b"\xf3\x0d\x0d\x0a"  # the magic number of its compiled files
UNCHECKED_HASH = 1  # never compared with the source, whose time a layer does not keep
BROUGHT_BY_THE_RUNTIME = {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}


def sources(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*.py") if "__pycache__" not in file.parts]


def compiled(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    assert LAYER.is_dir(), "run `make build` first"


def test_extension_modules_are_for_python_313_on_arm64() -> None:
    modules = [file.name for file in LAYER.rglob("*.so")]
    assert modules
    assert [name for name in modules if not name.endswith(".cpython-313-aarch64-linux-gnu.so")] == []


def test_every_module_of_the_layer_is_compiled_and_trusted_as_it_is() -> None:
    headers = {source: compiled(source).read_bytes()[:8] for source in sources(LAYER)}
    assert len(headers) > 100
    wanted = PYTHON_313 + UNCHECKED_HASH.to_bytes(4, "little")
    assert [source for source, header in headers.items() if header != wanted] == []


def test_compiled_files_name_the_place_where_the_layer_will_be() -> None:
    code = compiled(LAYER / "teleconsult" / "platform" / "clock.py").read_bytes()
    assert b"/opt/python/teleconsult/platform/clock.py" in code
    assert str(REPOSITORY).encode() not in code


def test_the_layer_holds_the_package_with_the_texts_of_its_documents() -> None:
    package = REPOSITORY / "layers" / "common" / "python" / "teleconsult"
    ours = {file.relative_to(package) for file in package.rglob("*") if file.suffix in (".py", ".txt")}
    theirs = {file.relative_to(LAYER / "teleconsult") for file in (LAYER / "teleconsult").rglob("*")}
    assert ours
    assert ours <= theirs


def shipped_packages() -> dict[str, str]:
    found = importlib.metadata.distributions(path=[str(LAYER)])
    return {each.name.lower().replace("_", "-"): each.version for each in found}


def test_the_layer_holds_the_locked_packages_that_this_was_tested_with() -> None:
    shipped = shipped_packages()
    assert {"aws-lambda-powertools", "phonenumberslite", "pydantic", "tzdata"} <= shipped.keys()
    assert shipped == {name: importlib.metadata.version(name) for name in shipped}


def test_the_layer_leaves_out_what_the_runtime_brings() -> None:
    assert shipped_packages().keys() & BROUGHT_BY_THE_RUNTIME == set()


def test_every_function_is_built_and_its_handler_is_found() -> None:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, tag, node: None)
    resources = yaml.load((BUILT / "template.yaml").read_text(), Loader)["Resources"]
    functions = {
        name: each for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"
    }
    assert len(functions) == len(list(REPOSITORY.glob("functions/*/handler.py")))
    for name, function in functions.items():
        folder = BUILT / function["Properties"]["CodeUri"]
        source = (folder / "handler.py").read_text()
        assert "def handler(" in source, name
        assert [file.name for file in folder.rglob("*") if file.name.startswith("test")] == []
