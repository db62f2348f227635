"""Fit mixtures with MLlib from a given start.

``pyspark.mllib``'s GaussianMixture is used because it takes an initial model, which
``pyspark.ml``'s does not; it is an RDD interface, so it needs a classic session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.base import PySparkException
from pyspark.ml.functions import array_to_vector
from pyspark.mllib.clustering import GaussianMixtureModel
from pyspark.mllib.common import callMLlibFunc
from pyspark.mllib.linalg import DenseMatrix, DenseVector
from pyspark.mllib.linalg.distributed import RowMatrix
from pyspark.mllib.util import MLUtils
from pyspark.serializers import CPickleSerializer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.util import inheritable_thread_target

from ml.mixture import Mixture
from ml.settings import Settings

__all__ = [
    "cached_rows",
    "expectation_maximisation",
    "fit_points",
    "java_model",
    "rows_of_points",
    "spark_thread_pool",
]

# Above this, points go to Spark as a table rather than inside each task.
_POINTS_IN_A_TASK = 20_000


def rows_of_points(spark: SparkSession, points: np.ndarray) -> JavaObject:
    """Hand points to the JVM as an RDD of vectors in one partition.

    One partition, because sums over several are taken in the order in which tasks end. No Python
    worker is involved, which would cost more than the arithmetic.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    points : ndarray of shape (n, d)

    Returns
    -------
    JavaObject
        A ``JavaRDD[Vector]``.
    """
    context = spark.sparkContext
    if len(points) > _POINTS_IN_A_TASK:
        columns = [f"x{j}" for j in range(points.shape[1])]
        import pyarrow as pa

        table = pa.table(dict(zip(columns, points.T, strict=True)))
        return cached_rows(spark.createDataFrame(table).coalesce(1), columns)
    pickled = CPickleSerializer().dumps([DenseVector(point) for point in points])
    jvm: Any = context._jvm
    vectors = jvm.org.apache.spark.mllib.api.python.SerDe.loads(bytearray(pickled))
    return context._jsc.parallelize(vectors, 1)


def cached_rows(frame: DataFrame, columns: list[str]) -> JavaObject:
    """Turn columns of a DataFrame into a cached RDD of vectors, without leaving the JVM.

    Parameters
    ----------
    frame : DataFrame
    columns : list of str
        Double columns, in order.

    Returns
    -------
    JavaObject
        A ``JavaRDD[Vector]``; `unpersist` it when done.
    """
    vectors = MLUtils.convertVectorColumnsFromML(
        frame.select(array_to_vector(F.array(*columns)).alias("features")), "features"
    )
    rows = RowMatrix(vectors)._java_matrix_wrapper._java_model.rows().toJavaRDD()
    return rows.cache()


def fit_points(
    spark: SparkSession, points: np.ndarray, start: Mixture, settings: Settings
) -> Mixture:
    """Take the EM steps from a start on points that the driver holds.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    points : ndarray of shape (n, d)
        In a fixed order.
    start : Mixture
    settings : Settings

    Returns
    -------
    Mixture
    """
    rows = rows_of_points(spark, points).cache()
    try:
        return expectation_maximisation(
            rows, start, steps=settings.em_steps, floor=settings.covariance_floor
        )
    finally:
        rows.unpersist()


def expectation_maximisation(
    rows: JavaObject, start: Mixture, *, steps: int, floor: float
) -> Mixture:
    """Take EM steps with MLlib from a given mixture.

    MLlib's tolerance is on the total log-likelihood, so it is set to 0 and every fit takes the
    same steps. MLlib has no floor for covariances: where one comes near to singular, the steps
    are taken one by one with the floor in between.

    Parameters
    ----------
    rows : JavaObject
        A ``JavaRDD[Vector]``.
    start : Mixture
        Where EM begins.
    steps : int
        EM steps.
    floor : float
        Smallest eigenvalue of a covariance.

    Returns
    -------
    Mixture
        With components in the order of the start.
    """
    try:
        fitted = _mllib_steps(rows, start, steps)
    except (PySparkException, Py4JJavaError):
        # MLlib refuses a covariance without any spread.
        fitted = None
    if fitted is not None and fitted.is_sound(floor):
        return fitted
    fitted = start
    for _ in range(steps):
        fitted = _mllib_steps(rows, fitted, 1).floored(floor)
    return fitted


def _mllib_steps(rows: JavaObject, start: Mixture, steps: int) -> Mixture:
    """Call what ``GaussianMixture.train(initialModel=...)`` calls, on rows already in the JVM."""
    model = GaussianMixtureModel(
        callMLlibFunc(
            "trainGaussianMixtureModel",
            rows,
            start.k,
            0.0,
            steps,
            0,
            start.weights.tolist(),
            [DenseVector(mean) for mean in start.means],
            [_matrix(covariance) for covariance in start.covariances],
        )
    )
    gaussians = model.gaussians
    return Mixture(
        np.array(model.weights, dtype=float),
        np.array([gaussian.mu.toArray() for gaussian in gaussians]),
        np.array([gaussian.sigma.toArray() for gaussian in gaussians]),
    )


def _matrix(values: np.ndarray) -> DenseMatrix:
    return DenseMatrix(values.shape[0], values.shape[1], values.ravel(order="F").tolist())


def java_model(spark: SparkSession, mixture: Mixture) -> JavaObject:
    """Build MLlib's own model of a mixture, to save it in Spark's format.

    Returns
    -------
    JavaObject
        An ``org.apache.spark.mllib.clustering.GaussianMixtureModel``.
    """
    context = spark.sparkContext
    jvm: Any = context._jvm
    gateway: Any = context._gateway
    load = jvm.org.apache.spark.mllib.api.python.SerDe.loads

    def to_java(value: object) -> JavaObject:
        return load(bytearray(CPickleSerializer().dumps(value)))

    gaussian = jvm.org.apache.spark.mllib.stat.distribution.MultivariateGaussian
    weights = gateway.new_array(jvm.double, mixture.k)
    gaussians = gateway.new_array(gaussian, mixture.k)
    for j in range(mixture.k):
        weights[j] = float(mixture.weights[j])
        gaussians[j] = gaussian(
            to_java(DenseVector(mixture.means[j])), to_java(_matrix(mixture.covariances[j]))
        )
    return jvm.org.apache.spark.mllib.clustering.GaussianMixtureModel(weights, gaussians)


@contextmanager
def spark_thread_pool(spark: SparkSession, workers: int) -> Iterator[Callable[..., Future]]:
    """Run Spark jobs from several threads that share this session.

    Yields
    ------
    callable
        ``submit(function, *arguments)``, which returns a future.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="ml") as pool:

        def submit(function: Callable[..., Any], *arguments: Any) -> Future:
            return pool.submit(inheritable_thread_target(spark)(function), *arguments)

        yield submit
