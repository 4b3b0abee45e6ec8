"""What the install page gives to paste does what it says: run against a server wherever its interpreter is there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.protection import test_keys
from apps.protection.snippets import BACKENDS, PAGES, SPELLINGS, Snippets
from apps.sites.models import Site
from apps.sites.secrets import rotate_secret
from tests.protection.solving import set_site, solved

COMMANDS: dict[str, tuple[str, list[str], str]] = {
    "python": ("captcha.py", [sys.executable], "\nimport sys\nprint(is_human(sys.argv[1]))\n"),
    "node": ("captcha.mjs", ["node"], "\nconsole.log(await isHuman(process.argv[2]));\n"),
    "php": ("captcha.php", ["php"], "\necho is_human($argv[1]) ? 'true' : 'false';\n"),
    "ruby": ("captcha.rb", ["ruby"], "\nputs human?(ARGV[0])\n"),
    "java": (
        "Captcha.java",
        ["java"],
        "\nclass Main { public static void main(String[] all) { System.out.println(Captcha.isHuman(all[0])); } }\n",
    ),
    "go": (
        "captcha.go",
        ["go", "run"],
        '\nfunc main() { os.Stdout.WriteString(map[bool]string{true: "true", false: "false"}[IsHuman(os.Args[1])]) }\n',
    ),
}
"""By backend: the name of the file, what runs it, and what is added to call it with the first argument."""

PAIRS = {")": "(", "]": "[", "}": "{"}
QUOTED = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`|//[^\n]*|^#[^\n]*|/\*.*?\*/", re.S | re.M)


@pytest.fixture
def secret(alice: Any, shop: Site) -> str:
    set_site(shop, initial_delay=0)
    return rotate_secret(alice.actor, site_key=shop.site_key).secret.reveal()


@pytest.fixture
def run(live_server: Any, shop: Site, secret: str, tmp_path: Path) -> Callable[[str, str, str], str]:
    """Runs a backend's snippet in some words with a solution, and returns what it printed, in small letters."""

    def run_snippet(backend: str, words: str, solution: str) -> str:
        code = Snippets(live_server.url, shop.key, SPELLINGS[words]).backend(backend)
        environment = {**os.environ, "GATEHOUSE_SITE_SECRET": secret, "SOLUTION": solution}
        if backend == "curl":
            command = ["sh", "-c", code]
        else:
            name, program, call = COMMANDS[backend]
            if backend == "java":  # a program in one file starts with the class that has `main`
                code, call = "\n".join(line for line in code.splitlines() if line.startswith("import")), call + code
                call = "\n".join(line for line in call.splitlines() if not line.startswith("import"))
            (tmp_path / name).write_text(code.replace("package captcha", "package main") + call)
            command = [*program, str(tmp_path / name), solution]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip().lower()

    return run_snippet


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", SPELLINGS)
@pytest.mark.parametrize("backend", ["python", "node"])
def test_it_lets_a_solution_through_once(run, shop, backend, words):
    solution = solved(shop)
    assert [run(backend, words, solution) for _ in range(2)] == ["true", "false"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", SPELLINGS)
def test_curl_shows_the_answer(run, shop, words):
    solution = solved(shop)
    answers = [json.loads(run("curl", words, solution))[SPELLINGS[words].answer] for _ in range(2)]
    assert answers == [True, False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backend", ["php", "ruby", "java", "go"])
def test_other_languages_say_the_same_where_they_are_installed(run, shop, backend):
    """Java compiles for a second or two; the words of one contract are enough for a language."""
    program = COMMANDS[backend][1][0]
    if not shutil.which(program):
        pytest.skip(f"{program} was not found; the snippet is only checked for balance")
    solution = solved(shop)
    assert [run(backend, "gatehouse", solution) for _ in range(2)] == ["true", "false"]


@pytest.mark.django_db(transaction=True)
def test_djangos_form_is_valid_once(live_server, shop, secret, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_SITE_SECRET", secret)
    names: dict[str, Any] = {}
    exec(Snippets(live_server.url, shop.key, SPELLINGS["gatehouse"]).backend("django"), names)
    sent = {"gatehouse-solution": solved(shop)}
    forms = [names["CaptchaForm"](sent) for _ in range(2)]
    assert [form.is_valid() for form in forms] == [True, False]
    assert forms[1].non_field_errors() == ["Please tick the box, then send the form again."]


@pytest.mark.parametrize("backend", ["python", "node"])
def test_a_server_that_cannot_be_reached_is_a_no(tmp_path, backend):
    code = Snippets("http://127.0.0.1:9", test_keys.ALWAYS_PASSES.key, SPELLINGS["gatehouse"]).backend(backend)
    name, program, call = COMMANDS[backend]
    (tmp_path / name).write_text(code + call)
    command = [*program, str(tmp_path / name), "x"]
    environment = {**os.environ, "GATEHOUSE_SITE_SECRET": "x"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip().lower() == "false"


@pytest.mark.parametrize("words", SPELLINGS)
@pytest.mark.parametrize("name", [*(f"pages/{page}" for page in PAGES), *(f"backends/{name}" for name in BACKENDS)])
def test_every_snippet_is_filled_in_and_balanced(name, words):
    spelling = SPELLINGS[words]
    snippets = Snippets("https://gate.example", test_keys.ALWAYS_PASSES.key, spelling)
    kind, technology = name.split("/")
    code = snippets.page(technology) if kind == "pages" else snippets.backend(technology)
    assert not re.search(r"\{%|%\}|\{\{ \w|&quot;|&#x27;", code)
    assert "https://gate.example" in code
    assert is_balanced(code)
    if kind == "pages":
        assert spelling.css_class in code
        assert spelling.site_key(test_keys.ALWAYS_PASSES.key) in code
    if kind == "backends" or technology == "wordpress":
        assert f"https://gate.example{spelling.path}" in code
        assert all(field in code for field, _ in spelling.body)
        assert technology == "curl" or f'"{spelling.field}"' in code or f"'{spelling.field}'" in code


def test_the_text_for_an_assistant_says_it_all():
    text = Snippets("https://gate.example", test_keys.ALWAYS_PASSES.key, SPELLINGS["eu-captcha"]).for_an_assistant
    for part in (
        "https://gate.example/widget.js",
        'class="eu-captcha"',
        "https://gate.example/v1/verify",
        "client_token",
    ):
        assert part in text
    assert test_keys.ALWAYS_FAILS.secret in text
    assert "script-src and to connect-src" in text


def is_balanced(code: str) -> bool:
    """Whether every bracket outside of quotes and comments has its partner."""
    waiting: list[str] = []
    for character in QUOTED.sub("", code):
        if character in PAIRS.values():
            waiting.append(character)
        elif character in PAIRS and (not waiting or waiting.pop() != PAIRS[character]):
            return False
    return not waiting


def test_what_is_not_balanced_is_found():
    assert is_balanced('f("(", [1]) // )')
    assert not is_balanced("f(]")
    assert not is_balanced("{ f()")
