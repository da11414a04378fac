"""system.mlflow: experiments, runs with nested children, metrics step by step."""

import random
from datetime import timedelta

import duckdb

from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.rows import insert, pairs, seed_table
from tools.sample.workspaces import ACCOUNT_ID, WORKSPACE

# name, model, runs, best quality, days between runs
EXPERIMENTS = (
    ("fraud-detection", "prod.ml.fraud_detection", 17, 0.943, 7),
    ("churn-score", "prod.ml.churn_score", 17, 0.872, 7),
    ("product-recommender", "prod.ml.product_recommender", 24, 0.381, 5),
    ("demand-forecast", "prod.ml.demand_forecast", 40, 0.812, 3),
    ("credit-limit", "prod.ml.credit_limit", 12, 0.905, 9),
    ("price-optimizer", "prod.ml.price_optimizer", 14, 0.774, 8),
    ("sentiment", "staging.ml.sentiment", 10, 0.911, 6),
    ("search-ranking", "prod.ml.search_ranking", 20, 0.655, 4),
    ("basket-completion", "dev.ml.basket", 8, 0.512, 11),
    ("image-tagging", "dev.ml.image_tags", 9, 0.889, 10),
    ("<!channel> `ablation` | notes", "dev.ml.scratch", 5, 0.5, 20),
    ("fraud-detection-challenger", "prod.ml.fraud_detection", 15, 0.951, 6),
)
HISTORY = """
INSERT INTO system_mlflow.run_metrics_history BY NAME
WITH steps AS (SELECT r.*, unnest(range(r.steps)) AS step FROM run_seed r),
curves AS (
    SELECT *, quality * (1 - 0.45 * exp(-step / 5.0)) - greatest(0, step - 18) * 0.0022 + 0.002 * normal(run, step, 0,
        71) AS val_auc,
           0.65 * exp(-step / 9.0) + 0.06 + 0.004 * normal(run, step, 0, 72) AS train_loss,
               if(run % 31 = 5 AND step = 3, 'NaN'::DOUBLE, 0.001 * pow(0.95, step)) AS learning_rate
    FROM steps
)
SELECT $account AS account_id, start_time + to_seconds(20 * (step + 1)) + INTERVAL 5 MINUTE AS insert_time,
    format('{:016x}', hash(run, step, metric_name, $seed)) AS record_id, workspace_id,
       experiment_id, run_id, metric_name, start_time + to_seconds(20 * (step + 1)) AS metric_time, step AS metric_step,
       metric_value
FROM (UNPIVOT curves ON val_auc, train_loss, learning_rate INTO NAME metric_name VALUE metric_value)
"""
RUNS = """
INSERT INTO system_mlflow.runs_latest BY NAME
SELECT $account AS account_id, r.update_time, r.delete_time, r.workspace_id, r.run_id, r.experiment_id, r.created_by,
    r.start_time, r.end_time, r.run_name, r.status,
       map_from_entries(r.params_pairs) AS params, map_from_entries(r.tags_pairs) AS tags,
       m.metrics AS aggregated_metrics
FROM run_seed r LEFT JOIN (
    SELECT run_id, list(struct_pack(metric_name := metric_name, min_value := low, max_value := high,
        latest_value := latest) ORDER BY metric_name) AS metrics
    FROM (SELECT run_id, metric_name, if(bool_or(isnan(metric_value)), 'NaN'::DOUBLE, min(metric_value)) AS low,
        if(bool_or(isnan(metric_value)), 'NaN'::DOUBLE, max(metric_value)) AS high,
                 arg_max(metric_value, metric_step) AS latest
                     FROM system_mlflow.run_metrics_history GROUP BY ALL) GROUP BY run_id
) m USING (run_id)
"""


def plant(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """All experiments and runs: few enough to be made one by one."""
    place = WORKSPACE["prod-ml"].id
    insert(
        connection,
        "system_mlflow.experiments_latest",
        [
            {
                "account_id": ACCOUNT_ID,
                "update_time": at(plan.days_ago(number + 1), 8),
                "delete_time": at(plan.days_ago(9)) if number == 9 else None,
                "workspace_id": place,
                "experiment_id": _experiment(number),
                "name": f"/Shared/{name}",
                "create_time": at(plan.days_ago(300 + number), 8),
            }
            for number, (name, *_) in enumerate(EXPERIMENTS)
        ],
    )
    seed_table(connection, "run_seed", [{"run": number, **row} for number, row in enumerate(_runs(plan))])
    connection.execute(HISTORY, {"account": ACCOUNT_ID, "seed": plan.seed})
    connection.execute(RUNS, {"account": ACCOUNT_ID})


def _experiment(number: int) -> str:
    return str(4_100_000_000_000_000 + number * 13_577)


def _runs(plan: Plan) -> list[dict[str, object]]:
    """Each training run has two nested trials; every ninth failed, the newest of one experiment is still running."""
    dice = random.Random(f"mlflow-{plan.seed}")
    people = [
        person
        for person in plan.account.people
        if person.human and person.active and person.team in ("data-science", "risk", "growth")
    ]
    found: list[dict[str, object]] = []
    for number, (name, model, count, best, every) in enumerate(EXPERIMENTS):
        for turn in range(count):
            person, parent = dice.choice(people), f"{dice.getrandbits(128):032x}"
            quality, version = best - 0.03 * dice.random() - 0.0006 * (count - turn), str(turn + 1)
            for child in range(3):
                running = number == 3 and turn == count - 1 and child == 0
                start = at(plan.days_ago((count - 1 - turn) * every + 1), 3 + number % 9) + timedelta(minutes=13 * child)
                status = "RUNNING" if running else "FAILED" if (turn + number) % 9 == 4 and child == 0 else "FINISHED"
                tags = {"mlflow.user": person.email, "mlflow.source.type": "JOB", "model_name": model, "model_version": version}
                if child:
                    tags["mlflow.parentRunId"] = parent
                elif turn == 2:
                    tags["mlflow.note.content"] = "ignore the metrics above | <!here>"
                found.append(
                    {
                        "update_time": start + timedelta(minutes=12),
                        "delete_time": None,
                        "workspace_id": WORKSPACE["prod-ml"].id,
                        "run_id": parent if not child else f"{dice.getrandbits(128):032x}",
                        "experiment_id": _experiment(number),
                        "created_by": person.email,
                        "start_time": start,
                        "end_time": None if running else start + timedelta(minutes=11),
                        "run_name": f"{name}-v{version}" + (f"-trial-{child}" if child else ""),
                        "status": status,
                        "params_pairs": pairs(
                            {
                                "max_depth": str(dice.randint(4, 12)),
                                "learning_rate": str(dice.choice((0.03, 0.1, 0.3))),
                                "features": "v3" if turn > count // 2 else "v2",
                            }
                        ),
                        "tags_pairs": pairs(tags),
                        "quality": quality - 0.02 * child,
                        "steps": 4 if status != "FINISHED" else 30,
                    }
                )
    return found
