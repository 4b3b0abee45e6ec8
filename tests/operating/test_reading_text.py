"""A published client of NoCaptchaAI's dialect reads text on a running server, and a hostile one costs it nothing."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from python_anticaptcha import AnticaptchaClient, ImageToTextTask, NoCaptchaTaskProxylessTask
from python_anticaptcha.exceptions import AnticaptchaException

from tests.ocr.drawing import WORDS, blank, bomb, hidden_bomb, png_that_says, printed
from tests.operating.conftest import end, own_database
from tests.operating.serving import ROOT, Serving

SECONDS_A_REFUSAL = 2.0
LONGEST_WAIT = 60.0
STILL = 24 * 1024**2  # bytes that a web process may differ by: a body and its text, and no picture
UNKNOWN_KEY = "nct_000000000000000000000000000000003S9nIu"


@dataclass(frozen=True)
class Running:
    """A server, and how to get accounts on it."""

    serving: Serving
    data_dir: Path
    database_url: str

    def manage(self, *words: str) -> str:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**kept, "DATA_DIR": str(self.data_dir), "DATABASE_URL": self.database_url},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def account(self, name: str, credits: int) -> tuple[str, AnticaptchaClient]:
        """A new account's key, and a client that has it."""
        words = ["provision", "--email", f"{name.lower()}@people.example", "--account", name, "--json"]
        made = json.loads(self.manage(*words))
        if credits:
            self.manage("grant_credits", "--account", made["account_id"], "--amount", str(credits))
        return made["api_key"], self.client(made["api_key"])

    def client(self, key: str) -> AnticaptchaClient:
        return AnticaptchaClient(key, host=f"127.0.0.1:{self.serving.port}", use_ssl=False)

    def web_processes(self) -> dict[int, int]:
        """The memory that each process of the web server holds, in bytes."""
        page = os.sysconf("SC_PAGE_SIZE")
        found = {}
        for pid in self.serving.children():
            if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found[pid] = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data_dir = tmp_path_factory.mktemp("reading")
    with own_database() as url:
        serving = Serving(data_dir, url, LOG_LEVEL="DEBUG", LOG_FORMAT="json")
        try:
            serving.wait_until_it_runs()
            yield Running(serving, data_dir, url)
        finally:
            end(serving)


def wait_for(job: Any) -> Any:
    give_up_at = time.monotonic() + LONGEST_WAIT
    while not job.check_is_ready():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
    return job.get_solution()["text"]


def list_task(images: list[bytes]) -> ImageToTextTask:
    task = ImageToTextTask(b"")
    several: Any = task
    several._body = [base64.b64encode(image).decode() for image in images]
    return task


def test_the_client_reads_ten_images_one_by_one_and_as_a_list(running: Running) -> None:
    _, client = running.account("Readers", 11)
    assert client.getBalance() == 11

    jobs = [client.createTask(ImageToTextTask(printed(word))) for word in WORDS]
    texts = [wait_for(job) for job in jobs]
    listed = wait_for(client.createTask(list_task([printed(word, size=24) for word in WORDS])))

    assert sum(text == word for text, word in zip(texts, WORDS, strict=True)) >= 9
    assert sum(text == word for text, word in zip(listed, WORDS, strict=True)) >= 9
    assert client.getBalance() == 0
    assert client.reportIncorrectImage(jobs[0].task_id)
    assert client.getBalance() == 1


def test_whatever_is_wrong_is_the_clients_own_exception_within_two_seconds(running: Running, tmp_path: Path) -> None:
    _, client = running.account("Careless", 3)
    _, poor = running.account("Poor", 0)
    text = tmp_path / "text.png"
    text.write_text("This is a text file. " * 20)
    good, wait = ImageToTextTask(printed("harbour")), [wait_for(client.createTask(ImageToTextTask(printed("warm"))))]
    assert wait == ["warm"]
    before = running.web_processes()

    wrong: dict[str, tuple[AnticaptchaClient, Any]] = {
        "ERROR_KEY_DOES_NOT_EXIST": (running.client(UNKNOWN_KEY), good),
        "ERROR_ZERO_BALANCE": (poor, good),
        "ERROR_TASK_NOT_SUPPORTED": (client, NoCaptchaTaskProxylessTask("https://shop.example", "key")),
        "ERROR_IMAGE_TYPE_NOT_SUPPORTED": (client, ImageToTextTask(str(text))),
        "ERROR_TOO_BIG_CAPTCHA_FILESIZE": (client, ImageToTextTask(bomb())),
        "ERROR_TOO_BIG_CAPTCHA_FILESIZE ": (client, ImageToTextTask(png_that_says(30_000, 30_000, bytes(400_000)))),
        "ERROR_ZERO_CAPTCHA_FILESIZE": (client, ImageToTextTask(b"\x89PNG")),
    }
    for code, (sender, task) in wrong.items():
        begun_at = time.monotonic()
        with pytest.raises(AnticaptchaException) as refused:
            sender.createTask(task)
        assert refused.value.error_code == code.strip()
        assert time.monotonic() - begun_at < SECONDS_A_REFUSAL, code

    after = running.web_processes()
    assert before.keys() == after.keys()
    assert len(before) >= 2
    assert max(after[pid] - before[pid] for pid in before) < STILL
    assert client.getBalance() == 2


def test_what_only_decoding_shows_ends_as_the_clients_exception_and_is_paid_back(running: Running) -> None:
    _, client = running.account("Sly", 3)
    before = running.web_processes()
    for image in (hidden_bomb(), blank(), printed("harbour")[:300]):
        job = client.createTask(ImageToTextTask(image))
        with pytest.raises(AnticaptchaException) as failed:
            wait_for(job)
        assert failed.value.error_code in {"ERROR_CAPTCHA_UNSOLVABLE", "ERROR_IMAGE_TYPE_NOT_SUPPORTED"}

    after = running.web_processes()
    assert max(after[pid] - before[pid] for pid in before) < STILL
    assert client.getBalance() == 3


def test_fifty_at_once_with_credits_for_ten(running: Running) -> None:
    key, client = running.account("Crowd", 10)
    image = printed("harbour")

    def one(_: int) -> str:
        try:
            running.client(key).createTask(ImageToTextTask(image))
        except AnticaptchaException as refused:
            return str(refused.error_code)
        return "accepted"

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(one, range(50)))

    assert (answers.count("accepted"), answers.count("ERROR_ZERO_BALANCE")) == (10, 40)
    assert client.getBalance() == 0
    assert "add up" in running.manage("check_credits")


def test_a_key_in_the_query_is_in_no_log_and_no_table(running: Running) -> None:
    key, _ = running.account("Careful", 1)
    body = {"type": "ImageToTextTask", "body": "x"}

    assert running.serving.call("GET", f"/balance?apiKey={key}")[0] == 200
    assert running.serving.call("GET", f"/balance?apiKey={UNKNOWN_KEY}")[0] == 401
    for path in ("/balance/", "/balance/more", "/solve", "/api/v1/nothing"):
        running.serving.call("POST", f"{path}?apiKey={key}&apiKey=%ff", body)
    time.sleep(4)  # until what was counted is written

    for token in (key, UNKNOWN_KEY):
        assert token not in running.serving.output()
        for file in running.data_dir.glob("gatehouse.sqlite3*"):
            assert token.encode() not in file.read_bytes()
    assert "apiKey=" not in running.serving.output()
