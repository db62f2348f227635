"""The whole job on a standalone cluster whose workers die; one server for several users."""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from reliability_kill import VARS
from same_tables import assert_same, built, run_ids, segments, written
from spark_servers import (
    LINES,
    ROOT,
    SPARK_HOME,
    Cluster,
    await_true,
    command,
    dbt,
    embedded_run,
    environment,
    finished,
    free_ports,
    read_json,
    warm_server,
)

# Minutes of two cores: `make soak PART=cluster` runs them.
pytestmark = [pytest.mark.spark, pytest.mark.soak]

BEFORE_DBT, BEFORE_FIT = "✓ gate: raw", "✓ gate: mart"


@pytest.fixture(scope="module")
def embedded():
    return embedded_run()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster.started(tmp_path_factory.mktemp("cluster")) as one:
        yield one


class Page:
    """What the driver of a run tells of its executors."""

    def __init__(self, folder: Path) -> None:
        (self._port,) = free_ports(1)
        folder.mkdir()
        # Pages are off by default; a user's own settings bring them back.
        (folder / "spark-defaults.conf").write_text(
            f"spark.ui.enabled true\nspark.ui.port {self._port}\nspark.ui.liveUpdate.period 0\n"
        )
        self.variables = {"SPARK_CONF_DIR": str(folder)}
        self._application: str | None = None

    def read(self, what: str) -> list[dict]:
        root = f"http://127.0.0.1:{self._port}/api/v1/applications"
        if self._application is None:
            found = read_json(root) or []
            self._application = found[0]["id"] if found else None
        return read_json(f"{root}/{self._application}/{what}") or []

    def executors(self) -> dict[str, dict]:
        return {one["id"]: one for one in self.read("executors") if one["id"] != "driver"}

    def failed_tasks(self) -> int:
        return sum(stage["numFailedTasks"] for stage in self.read("stages"))


def kill_a_worker_at_work(cluster: Cluster, page: Page) -> None:
    """Kill a worker and its executor while tasks run on it, and start another."""
    workers = await_true("both workers have an executor", cluster.workers_by_executor)
    before = page.failed_tasks()

    def at_work() -> str | None:
        return next((i for i, one in page.executors().items() if one["activeTasks"]), None)

    executor = await_true("a task runs", at_work, pause=0.002)
    cluster.kill(workers[executor])
    await_true("the executor is gone", lambda: executor not in page.executors())
    await_true("its tasks have failed", lambda: page.failed_tasks() > before, seconds=30)
    cluster.replace(workers[executor])


@pytest.fixture(scope="module")
def disturbed(cluster, tmp_path_factory):
    """Run the whole job on the cluster; workers die in dbt's models and in the fit."""
    folder = tmp_path_factory.mktemp("disturbed")
    state, said = folder / "state", folder / "said"
    page = Page(folder / "conf")
    with said.open("w") as stderr:
        run = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "run", "--lines", LINES],
            cwd=ROOT,
            env=environment(state, MASTER=cluster.master, **page.variables),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )

    def has_said(text: str) -> bool:
        assert run.poll() is None, said.read_text()
        return text in said.read_text()

    try:
        await_true("dbt is at work", lambda: has_said(BEFORE_DBT))
        busy = await_true("both workers did tasks", lambda: both_busy(page))
        kill_a_worker_at_work(cluster, page)
        await_true("the fit is at work", lambda: has_said(BEFORE_FIT), seconds=300)
        kill_a_worker_at_work(cluster, page)
        assert run.wait(600) == 0, said.read_text()
    finally:
        run.kill()
    assert len(busy) == 2
    return state


def both_busy(page: Page) -> dict[str, dict]:
    busy = {i: one for i, one in page.executors().items() if one["completedTasks"]}
    return busy if len(busy) == 2 else {}


def test_a_run_whose_workers_die_equals_the_embedded_one_table_by_table(embedded, disturbed):
    assert_same(embedded.built, built(disturbed))
    assert_same(embedded.written, written(disturbed))


def test_and_segment_by_segment(embedded, disturbed):
    assert len(set(embedded.segments.values())) > 1
    assert segments(disturbed) == embedded.segments
    manifest = json.loads((disturbed / "exports/current/manifest.json").read_text())
    assert manifest["gates"]["failed"] == 0
    assert manifest["account"] == embedded.manifest["account"]


def test_training_can_be_submitted_to_the_cluster(embedded, disturbed, cluster, tmp_path):
    """From another folder, with nothing of the project on Python's path."""
    variables = environment(disturbed)
    del variables["PYTHONPATH"]
    done = subprocess.run(
        [
            str(SPARK_HOME / "bin" / "spark-submit"),
            *("--master", cluster.master, "--driver-memory", "1g"),
            *(str(ROOT / "ml" / "train.py"), "--json"),
        ],
        cwd=tmp_path,
        env={**variables, "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["run_id"] == run_ids(disturbed)[-1]
    assert len(run_ids(disturbed)) == 2
    assert segments(disturbed) == embedded.segments
    assert list(tmp_path.iterdir()) == []


# -- one server, several users -----------------------------------------------------------------


@contextmanager
def company_server(state: Path, folder: Path, master: str):
    """Serve with a metastore and a warehouse of the company's, as its hive-site.xml says."""
    metastore = folder / "metastore"
    properties = {
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={metastore};create=true",
        "hive.metastore.warehouse.dir": (folder / "warehouse").as_uri(),
    }
    listed = "".join(
        f"<property><name>{name}</name><value>{value}</value></property>"
        for name, value in properties.items()
    )
    (folder / "hive-site.xml").write_text(f"<configuration>{listed}</configuration>")
    with warm_server(state, MASTER=master, SPARK_CONF_DIR=str(folder)) as variables:
        yield variables
        assert (metastore / "db.lck").is_file()


def new_user(name: str, state: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    """Give a user the landed lines and the ml runs, in a folder and databases of their own."""
    own = folder / name
    for part in ("raw", "ml"):
        shutil.copytree(state / part, own / part)
    return own, {"ANALYTICS_SCHEMA": name}


def test_two_dbt_users_and_a_scorer_share_a_server_on_two_workers(
    embedded, disturbed, cluster, tmp_path
):
    as_of = date.fromisoformat(embedded.manifest["as_of_date"])
    earlier = as_of - timedelta(days=60)
    no_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    models = ("build", "--select", "+fct_rfm_customers", *no_tests)
    scores = tmp_path / "scores.parquet"
    company = tmp_path / "company"
    company.mkdir()
    with company_server(disturbed, company, cluster.master) as server:
        # The metastore knows no marts yet.
        finished(dbt(disturbed, *models, "--vars", json.dumps(VARS), **server))
        alice, alices = new_user("alice", disturbed, tmp_path)
        bob, bobs = new_user("bob", disturbed, tmp_path)
        bobs_vars = {**VARS, "as_of_date": earlier.isoformat()}
        at_once = [
            dbt(alice, *models, "--vars", json.dumps(VARS), **server, **alices),
            dbt(bob, *models, "--vars", json.dumps(bobs_vars), **server, **bobs),
            command(disturbed, sys.executable, "-m", "ml.score", "--output", str(scores), **server),
        ]
        try:
            for process in at_once:
                finished(process)
        finally:
            for process in at_once:
                process.kill()
        assert len(cluster.workers_by_executor()) == 2
        # Another folder behind the same names would be written here and read there.
        other = command(bob, sys.executable, "-m", "ml.score", **server, ANALYTICS_SCHEMA="alice")
        assert str(alice) in finished(other, code=2).stderr

    hers = built(company, "alice")
    assert {"int_order_lines_classified", "fct_rfm_customers"} <= hers.keys()
    assert_same({name: embedded.built[name] for name in hers}, hers)
    rows = pq.read_table(scores).to_pylist()
    found = {row["customer_id"]: (row["segment_id"], row["persona"]) for row in rows}
    assert found == embedded.segments
    his = built(company, "bob")
    assert set(his["fct_rfm_customers"].as_of_date) == {earlier}
    assert 0 < len(his["fct_rfm_customers"]) < len(hers["fct_rfm_customers"])
