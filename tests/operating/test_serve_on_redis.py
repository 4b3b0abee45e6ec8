"""One command runs everything also where the settings put tasks on Redis."""

import subprocess

from tests.operating.serving import STOP_SECONDS, is_running
from tests.redis_server import redis_server, require_redis_server


def test_the_settings_choose_the_worker(serve, tmp_path):
    require_redis_server()
    with redis_server(tmp_path) as redis:
        serving = serve(TASKS_BACKEND="rq", REDIS_URL=redis.url)
        serving.wait_until_it_runs()
        assert serving.ask("/readyz")["checks"]["worker"] == "ok"
        children = serving.children()
        listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        lines = [line.split(maxsplit=1) for line in listed.splitlines()]
        assert len([pid for pid, words in lines if int(pid) in children and "rq_worker" in words]) == 1
        assert redis.client.keys("rq:job:*")  # what is due has been queued there

        serving.interrupt()

        assert serving.process.wait(STOP_SECONDS) == 0, serving.output()
        assert [pid for pid in children if is_running(pid)] == []
        assert "Traceback" not in serving.output()
        assert "state=" not in serving.output()  # a line for each task would bury what matters
