"""The peer's side of `bench.resolution`: Splink with usual comparisons and seven rules."""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
from splink import Linker, SettingsCreator, block_on
from splink import comparison_library as cl
from splink.backends.duckdb import DuckDBAPI

source, target = sys.argv[1:3]
table = pq.read_table(source)
date, place, code = (
    next(c for c in names if c in table.column_names)
    for names in (("birth_date", "dob"), ("city", "birth_place"), ("phone", "postcode_fake"))
)
last = "surname" if "surname" in table.column_names else "last_name"
comparisons = [
    cl.ForenameSurnameComparison("first_name", last),
    cl.DateOfBirthComparison(date, input_is_string=True),
    cl.ExactMatch(place).configure(term_frequency_adjustments=True),
    cl.LevenshteinAtThresholds(code, [1, 2]),
    cl.ExactMatch("gender"),
]
if "occupation" in table.column_names:
    comparisons.append(cl.ExactMatch("occupation").configure(term_frequency_adjustments=True))
settings = SettingsCreator(
    link_type="dedupe_only",
    unique_id_column_name="id",
    comparisons=comparisons,
    blocking_rules_to_generate_predictions=[
        block_on("first_name", last),
        block_on(last, date),
        block_on("first_name", date),
        block_on(date, place),
        block_on(code),
        block_on(f"substr({last}, 1, 4)", "substr(first_name, 1, 3)", place),
        block_on(place, last, f"substr({date}, 1, 4)"),
    ],
)
database = DuckDBAPI()
linker = Linker(database.register(table), settings, log_level=40)
linker.training.estimate_probability_two_random_records_match(
    [block_on("first_name", last, date), block_on(code, date)], recall=0.6
)
linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
for rule in (block_on("first_name", last), block_on(date)):
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
predictions = linker.inference.predict(threshold_match_probability=0.5)
for threshold in sys.argv[3:]:
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=float(threshold)
    ).as_pyarrow_table()
    columns = {
        "id": found["id"].cast(pa.string()),
        "cluster": found["cluster_id"].cast(pa.string()),
    }
    pq.write_table(pa.table(columns), f"{target}.{threshold}")
