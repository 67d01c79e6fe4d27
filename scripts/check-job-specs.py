"""Are the specifications of golden/jobs what SkyPilot and Kubeflow Trainer accept? Asks their own schema and client, and bash for Slurm's.

    pip install skypilot kubeflow-trainer-api && python scripts/check-job-specs.py        # golden/jobs, or files named as arguments
"""
import importlib.metadata, pathlib, subprocess, sys
import yaml

folder = pathlib.Path(__file__).parents[1] / "golden" / "jobs"

def skypilot(path):
    from sky.utils import schemas, common_utils
    task = yaml.safe_load(path.read_text())
    common_utils.validate_schema(task, schemas.get_task_schema(), "not a task: ")
    common_utils.validate_schema(task["resources"], schemas.get_resources_schema(), "not resources: ")
    common_utils.validate_schema({k: v for k, v in next(iter(task["file_mounts"].values())).items()}, schemas.get_storage_schema(), "not a storage: ")

def kubeflow(path):
    from kubeflow_trainer_api.models import TrainerV1alpha1TrainJob
    given = yaml.safe_load(path.read_text())
    job = TrainerV1alpha1TrainJob.from_dict(given)
    def lost(a, b, at=""):
        """What the client's model did not keep: a field that it does not know."""
        if isinstance(a, dict):
            for key, value in a.items():
                if not isinstance(b, dict) or key not in b:
                    raise SystemExit(f"{path.name}: {at}.{key} is not known to the client")
                lost(value, b[key], f"{at}.{key}")
        elif isinstance(a, list):
            for i, value in enumerate(a):
                lost(value, b[i], f"{at}[{i}]")
    lost(given, job.to_dict())

def slurm(path):
    subprocess.run(["bash", "-n", path], check=True)

for name, check, package in (("skypilot.yaml", skypilot, "skypilot"), ("trainjob.yaml", kubeflow, "kubeflow-trainer-api"), ("job.slurm", slurm, None)):
    check(folder / name)
    print(f"{name}: accepted" + (f" by {package} {importlib.metadata.version(package)}" if package else " by bash -n"))
