"""What the user's own Spark configuration says is left as it is."""

import pytest

from pipeline.core.errors import InputError
from pipeline.core.own_settings import names_metastore, own_settings
from pipeline.core.paths import analytics_schema, state
from pipeline.engines import serve
from pipeline.engines.spark_settings import runtime_settings, static_settings

HIVE_SITE = """\
<configuration>
  <property><name>hive.metastore.uris</name><value>thrift://metastore:9083</value></property>
</configuration>
"""


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """Give a user's folder of Spark configuration and a state folder not used before."""
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "MASTER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SPARK_DRIVER_MEMORY", raising=False)
    folder = tmp_path / "conf"
    folder.mkdir()
    monkeypatch.setenv("SPARK_CONF_DIR", str(folder))
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    return folder


def settings() -> dict[str, str]:
    return static_settings(state().create(), "test")


def assert_is_theirs(found: dict[str, str]) -> None:
    """The catalogue is the one that their settings name, and so is the warehouse."""
    assert "spark.sql.warehouse.dir" not in found
    assert found["spark.sql.catalogImplementation"] == "hive"


def test_without_any_the_state_folder_holds_the_warehouse(conf):
    found = settings()
    assert found["spark.sql.warehouse.dir"] == str(state().warehouse)
    assert found["spark.sql.catalogImplementation"] == "in-memory"
    assert found["spark.master"] == "local[*]" and found["spark.driver.host"] == "127.0.0.1"


@pytest.mark.parametrize("folder", ["SPARK_CONF_DIR", "HADOOP_CONF_DIR", "YARN_CONF_DIR"])
def test_an_existing_metastore_by_hive_site_is_left_alone(conf, tmp_path, monkeypatch, folder):
    other = tmp_path / "site"
    other.mkdir()
    (other / "hive-site.xml").write_text(HIVE_SITE)
    monkeypatch.setenv(folder, str(other))
    assert_is_theirs(settings())


@pytest.mark.parametrize(
    "setting",
    [
        "spark.hadoop.hive.metastore.uris thrift://metastore:9083",
        "spark.hive.metastore.uris = thrift://metastore:9083",
        "spark.hadoop.javax.jdo.option.ConnectionURL jdbc:postgresql://db/metastore",
        "spark.hadoop.hive.metastore.client.factory.class com.example.Catalog",
    ],
)
def test_an_existing_metastore_by_settings_is_left_alone(conf, setting):
    (conf / "spark-defaults.conf").write_text(f"# the company's\n\n{setting}\n")
    assert_is_theirs(settings())


def test_an_existing_metastore_by_submit_arguments_is_left_alone(conf, monkeypatch):
    monkeypatch.setenv(
        "PYSPARK_SUBMIT_ARGS",
        "--conf spark.hadoop.hive.metastore.uris=thrift://metastore:9083 pyspark-shell",
    )
    assert names_metastore(own_settings())
    assert_is_theirs(settings())


def test_other_settings_of_the_user_stay_too(conf, monkeypatch):
    (conf / "spark-defaults.conf").write_text(
        "spark.ui.enabled true\n"
        "spark.sql.warehouse.dir s3a://bucket/warehouse\n"
        "spark.master spark://master:7077\n"
        "spark.driver.memory 12g\n"
        "spark.driver.extraJavaOptions -Dcompany=1\n"
        "spark.sql.session.timeZone America/New_York\n"
    )
    found = settings()
    assert "spark.ui.enabled" not in found and "spark.sql.warehouse.dir" not in found
    assert found["spark.master"] == "spark://master:7077"
    assert "spark.driver.host" not in found
    assert found["spark.driver.memory"] == "12g"
    assert " -Dcompany=1 -Duser.timezone=UTC" in found["spark.driver.extraJavaOptions"]
    # Results depend on these; nobody's configuration changes them.
    assert found["spark.sql.session.timeZone"] == "UTC"
    monkeypatch.setenv("MASTER", "local[2]")
    monkeypatch.setenv("SPARK_DRIVER_MEMORY", "1g")
    found = settings()
    assert (found["spark.master"], found["spark.driver.memory"]) == ("local[2]", "1g")


def test_what_spark_submit_was_given_holds(conf):
    given = {
        "spark.master": "spark://master:7077",
        "spark.app.name": "train.py",
        "spark.driver.memory": "3g",
        "spark.hadoop.hive.metastore.uris": "thrift://metastore:9083",
    }
    found = static_settings(state().create(), "test", submitted=given)
    assert not found.keys() & given.keys()
    assert "spark.driver.extraJavaOptions" not in found
    assert_is_theirs(found)


def test_shuffle_partitions_come_from_the_environment(monkeypatch):
    assert runtime_settings()["spark.sql.shuffle.partitions"] == "8"
    monkeypatch.setenv("SPARK_SHUFFLE_PARTITIONS", "400")
    assert runtime_settings()["spark.sql.shuffle.partitions"] == "400"
    for wrong in ("many", "0", "-3"):
        monkeypatch.setenv("SPARK_SHUFFLE_PARTITIONS", wrong)
        with pytest.raises(InputError, match="SPARK_SHUFFLE_PARTITIONS"):
            runtime_settings()


@pytest.mark.parametrize(
    ("setting", "variable"),
    [
        ("spark.driver.extraJavaOptions -XX:+UseG1GC", None),
        ("spark.driver.defaultJavaOptions -Xss4m -XX:+UseZGC", None),
        (None, "JDK_JAVA_OPTIONS"),
    ],
)
def test_a_collector_of_the_user_is_the_only_one(conf, monkeypatch, setting, variable):
    for name in ("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"):
        monkeypatch.delenv(name, raising=False)
    assert "-XX:+UseParallelGC" in settings()["spark.driver.extraJavaOptions"]
    if setting:
        (conf / "spark-defaults.conf").write_text(f"{setting}\n")
    else:
        monkeypatch.setenv(variable, "-XX:+UseSerialGC")
    assert "-XX:+UseParallelGC" not in settings()["spark.driver.extraJavaOptions"]


def test_what_a_user_tells_java_comes_after_our_own(conf):
    (conf / "spark-defaults.conf").write_text(
        "spark.driver.extraJavaOptions -XX:MaxInlineLevel=15\n"
    )
    given = settings()["spark.driver.extraJavaOptions"].split()
    assert given.index("-XX:MaxInlineLevel=5") < given.index("-XX:MaxInlineLevel=15")


@pytest.mark.parametrize("name", ["default", "Sales", "1st", "a-b", "a" * 42])
def test_a_schema_that_can_not_hold_the_marts_is_refused(monkeypatch, name):
    monkeypatch.setenv("ANALYTICS_SCHEMA", name)
    with pytest.raises(InputError, match="and not `default`"):
        analytics_schema()


def test_a_server_keeps_generated_classes_unless_the_user_says_how_many(conf):
    def kept() -> str | None:
        settings = serve._settings("127.0.0.1", 15002, 10000, conf)
        return settings.get("spark.sql.codegen.cache.maxEntries")

    assert kept() == "1000"
    (conf / "spark-defaults.conf").write_text("spark.sql.codegen.cache.maxEntries 50\n")
    assert kept() is None
